"""The catalogue's entry of ratings."""

from kerasuite.data.entry import Entry, Member, Source

_R_DATA = "usr/lib/R/site-library/dslabs/data"

RATINGS = (
    Entry(
        name="movielens",
        title="MovieLens: 100,004 ratings of 9,066 films by 671 people, with times and genres",
        kind="ratings",
        licence="GroupLens's terms: research use, no redistribution; the package is Artistic-2.0",
        citation="Harper, Konstan: The MovieLens Datasets: History and Context, ACM Transactions "
        "on Interactive Intelligent Systems 5(4), 2015",
        attribution="GroupLens Research; Rafael Irizarry, Amy Gill; from Debian "
        "r-cran-dslabs 0.7.4",
        splits=(("all", 100004),),
        sources=(
            Source(
                client="apt",
                package="r-cran-dslabs",
                version="0.7.4-1",
                download=4654136,
                members=(
                    Member(
                        f"{_R_DATA}/Rdata.rdb",
                        4117078,
                        "7f740c8802abcf5de56096417560b2d5be317c59f30d50c9d37548695952aa3b",
                    ),
                    Member(
                        f"{_R_DATA}/Rdata.rdx",
                        660,
                        "97e59cc21906407fe85a369cd92a765ea050e69346d4043545471972bd02a6b3",
                    ),
                ),
            ),
        ),
        redistributable=False,
        note="for use on this machine",
    ),
)

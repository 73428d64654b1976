import hashlib
import subprocess
import sys

import pytest

from kerasuite.data import catalogue
from kerasuite.data.entry import EMBEDDED
from kerasuite.errors import InputError


@pytest.mark.parametrize("entry", catalogue.entries(), ids=lambda e: e.name)
def test_entry_is_complete(entry):
    assert entry.title and entry.licence and entry.citation and entry.attribution
    kinds = (
        "pictures",
        "scenes",
        "captions",
        "pairs",
        "speech",
        "text",
        "messages",
        "table",
        "ratings",
        "weights",
        "nouns",
        "grounds",
        "tagged",
        "captioned",
    )
    assert entry.kind in kinds
    assert all(count > 0 for _, count in entry.splits)
    assert bool(entry.files) != bool(entry.sources)
    for member in entry.members:
        assert member.size > 0 and len(member.sha256) == 64


@pytest.mark.parametrize(
    "entry", [e for e in catalogue.entries() if e.embedded], ids=lambda e: e.name
)
def test_embedded_files_have_their_sums_and_licence(entry):
    for member, path in zip(entry.files, entry.embedded_paths(), strict=True):
        data = path.read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (member.size, member.sha256)
        assert (path.parent / "LICENSE").stat().st_size > 400
        assert path.name in (EMBEDDED / "ATTRIBUTION.md").read_text()


def test_every_embedded_file_belongs_to_an_entry():
    known = {p for e in catalogue.entries() if e.embedded for p in e.embedded_paths()}
    there = {p for p in EMBEDDED.glob("*/*") if p.name != "LICENSE"}
    assert known == there


def test_share_alike_data_lies_apart():
    for entry in catalogue.entries():
        for member in entry.files:
            assert (entry.licence == "CC-BY-SA-3.0") == member.path.startswith("cc_by_sa_3_0/")


def test_names_are_unique():
    assert len(set(catalogue.names())) == len(catalogue.names())


def test_find_names_near_matches():
    with pytest.raises(InputError, match=r"'mnits'; near: mnist.*kerasuite data list"):
        catalogue.find("mnits")
    with pytest.raises(InputError, match=r"expected pictures\. Received: text"):
        catalogue.find("moby_dick", kinds=("pictures",))


def test_catalogue_fetch_and_show_import_no_tensorflow():
    code = (
        "import sys, kerasuite.data, kerasuite.data.fetch, kerasuite.data.show as s;"
        "s.rows(); [s.describe(r['name']) for r in s.rows() if r['state'] == 'embedded'];"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_package_offers_its_parts_by_name():
    import kerasuite.data

    for name in kerasuite.data.__all__:
        assert getattr(kerasuite.data, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = kerasuite.data.nothing

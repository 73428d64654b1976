"""What an e-mail says: against Python's own reader of e-mails, and what is left out."""

import re
from email.message import EmailMessage

import pytest
import tensorflow as tf

from kerasuite.text.mail import MOST_BYTES, plain_mail

WORDS = (
    "Dear friend, this is a letter of some length so that it takes more than one line when it is "
    "packed: the quick brown fox jumps over the lazy dog = 3 times, and then it sleeps."
)


def plain(*messages, **options):
    return [m.decode() for m in plain_mail(tf.constant(messages), **options).numpy()]


def words(text):
    return re.sub(r"\d+", "0", " ".join(text.split()))


@pytest.mark.parametrize("coding", ["7bit", "quoted-printable", "base64"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_transfer_is_undone_as_python_does(coding, ends):
    message = EmailMessage()
    message["Subject"] = "A letter"
    message.set_content(WORDS, cte=coding)
    raw = message.as_bytes().replace(b"\n", ends.encode())
    (found,) = plain(raw, headers="none")
    assert found.strip() == words(message.get_content())


def test_parts_of_a_message():
    message = EmailMessage()
    message.set_content(WORDS, cte="base64")
    message.add_alternative(
        f"<html><body><p>{WORDS}</p></body></html>", subtype="html", cte="base64"
    )
    (found,) = plain(message.as_bytes(), headers="none")
    assert found.count(words(WORDS)) == 2 and "htmlbody" in found


@pytest.mark.parametrize(
    ("headers", "kept", "gone"),
    [
        ("none", [], ["Hello", "yahoo", "lists", "Outlook"]),
        ("subject", ["Subject: Hello there, friend"], ["yahoo", "lists", "Outlook"]),
        ("content", ["Subject: Hello there, friend", "X-Mailer: Outlook"], ["yahoo", "lists"]),
        ("all", ["Subject: Hello there, friend", "From: a@yahoo.com", "List-Id: lists"], []),
    ],
)
def test_headers(headers, kept, gone):
    raw = (
        b"From a@yahoo.com Thu Aug 22\nFrom: a@yahoo.com\nSubject: Hello\n there, friend\n"
        b"List-Id: lists\nX-Mailer: Outlook\n\nthe body, Subject: not this\n"
    )
    (found,) = plain(raw, headers=headers)
    assert all(k in found for k in kept) and not any(g in found for g in gone)
    assert found.endswith("the body, Subject: not this ")


def test_html_leaves_tags_and_hosts():
    raw = (
        b"Content-Type: text/html\n\n<!-- hidden\n words --><STYLE>p {x}</STYLE><p class='x'>Via"
        b'<!-- q -->gra</P>&nbsp;<a href="http://me@www.Shop.example:80/p?q=1">here</a> https://b.example/x'
    )
    (found,) = plain(raw, headers="none")
    assert found.split() == [
        "htmlp",
        "Viagra",
        "htmla",
        "www.Shop.example",
        "here",
        "http",
        "b.example",
    ]


def test_numbers_are_zeros():
    assert plain("only $1,000.50 for 12 days", headers="none") == [" only $0 for 0 days"]


def test_what_is_no_mail_is_a_body():
    for text in ("Win money now", "", "\n\n", "a\n\nb", "x" * 1000):
        (found,) = plain(text)
        assert found.split() == text.split()


def test_any_bytes_give_utf_8():
    rude = [b"Subject: \xff\xfe\n\n\xe9t\xe9 \0 \x80", bytes(range(256)), b"a:" * 500_000]
    rude.append(b"Content-Transfer-Encoding: base64\n\n" + b"////" * 20 + b"\n=\n==\n")
    for raw, found in zip(rude, plain(*rude, headers="all"), strict=True):
        assert len(found.encode()) <= 3 * min(len(raw), MOST_BYTES) + 1
    assert "\N{REPLACEMENT CHARACTER}t\N{REPLACEMENT CHARACTER}" in plain(*rude)[0]


def test_batch_equals_single():
    raw = [b"Subject: one\n\nfirst", b"plain", b"Content-Transfer-Encoding: base64\n\nZmlyc3Q="]
    assert plain(*raw) == [plain(r)[0] for r in raw]

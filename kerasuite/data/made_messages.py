"""Short made-up e-mails, to try things out on where nothing can be fetched."""

import numpy as np

from kerasuite.data.message_sets import Message

MADE = "made"
COUNT = 300

_OFFERS = (
    "lose weight", "earn money from home", "refinance your mortgage", "win a free holiday",
    "buy cheap software", "order vitamins", "consolidate your debts", "claim your prize",
)  # fmt: skip
_URGES = (
    "Act now", "Click here", "Limited offer", "100% guaranteed", "No obligation", "Call today",
    "You have been selected", "Satisfaction guaranteed",
)  # fmt: skip
_TOPICS = (
    "the meeting", "the kernel patch", "your report", "the build", "the mailing list", "dinner",
    "the new server", "chapter three", "the bug in the parser", "the train on Friday",
)  # fmt: skip
_REMARKS = (
    "I think we should wait", "See my comments below", "It works for me", "Thanks for the help",
    "Could you have a look", "I will try it tomorrow", "What do you mean by that", "Attached",
)  # fmt: skip
_NAMES = ("anna", "bert", "chris", "dora", "emil", "frida", "georg", "hanna")


def made_messages(count: int = COUNT) -> list[Message]:
    """The same `count` messages every time, half of them spam."""
    rng = np.random.default_rng(0)
    return [_spam(rng) if i % 2 else _ham(rng) for i in range(count)]


def _some(rng: np.random.Generator, words: tuple[str, ...], count: int) -> list[str]:
    return [words[i] for i in rng.choice(len(words), count, replace=False)]


def _spam(rng: np.random.Generator) -> Message:
    offer, other = _some(rng, _OFFERS, 2)
    first, second, third = _some(rng, _URGES, 3)
    host = f"www.deals{rng.integers(100)}.example"
    body = (
        f"<html><body><p>{first}! {offer.capitalize()} for only ${rng.integers(9, 99)}.</p>"
        f'<a href="http://{host}/x">{second}</a> and {other}! {third}!!!</body></html>'
    )
    return _message(rng, f"{offer.capitalize()} - {first}!", "text/html", body, "spam")


def _ham(rng: np.random.Generator) -> Message:
    topic, other = _some(rng, _TOPICS, 2)
    remarks = _some(rng, _REMARKS, 3)
    name = _some(rng, _NAMES, 1)[0]
    body = f"Hello {name},\n\nabout {topic}: {remarks[0].lower()}. {remarks[1]}.\n"
    body += (
        f"{remarks[2]}; and {other} at {rng.integers(1, 12)}?\n\n-- \n{_some(rng, _NAMES, 1)[0]}"
    )
    return _message(rng, f"Re: {topic}", "text/plain", body, "ham")


def _message(rng: np.random.Generator, subject: str, kind: str, body: str, label: str) -> Message:
    sender, receiver = _some(rng, _NAMES, 2)
    head = (
        f"From: {sender}@mail.example\nTo: {receiver}@home.example\nSubject: {subject}\n"
        f"Content-Type: {kind}"
    )
    return Message(f"{head}\n\n{body}\n".encode(), label)

"""What an e-mail says, from its raw bytes, in the graph: headers chosen, transfer undone, no HTML.

Only operations on strings are used, so a SavedModel takes messages as they arrive. It is no full
reader of MIME (RFC 2045): parts stay in their order, and what a part is called is read as text.
"""

from typing import Literal

import tensorflow as tf

Headers = Literal["none", "subject", "content", "all"]
# What the sender's program says of the content. Left out of "content" is what stations on the way
# and mailing lists add, and who wrote to whom: it gives away where the messages were collected.
FIELDS = {
    "subject": ("subject",),
    "content": ("subject", "content-type", "content-transfer-encoding", "x-mailer", "user-agent"),
}
# Beyond, a message is cut: a longer one is no easier to judge.
MOST_BYTES = 65_536

# A message begins with a field such as "Subject:", or with the "From " line of a mailbox file.
_HEAD = r"(?is)^\s*(from [^\n]*\n)?[a-z][a-z0-9-]*:.*"
# Whole lines of base64, whose length is a multiple of 4; a word of 40 letters is none.
_BASE64 = r"(?:[A-Za-z0-9+/]{4}){10,}|(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"
_ADDRESS = r"(?i)\b(?:https?|ftp)://(?:[^\s/@<>\"']*@)?([a-z0-9.-]+)[^\s<>\"']*"
_HIDDEN = r"(?is)<(?:script|style)\b.*?</(?:script|style)>|<!--.*?-->"


def plain_mail(messages: tf.Tensor, headers: Headers = "content") -> tf.Tensor:
    """What messages say, as text to be tokenized.

    Args:
        messages: string [batch], raw e-mails: header fields, an empty line, and the body. What
            begins with no header field is a body alone. Bytes that are not UTF-8 become U+FFFD.
        headers: which header fields to keep: those of `FIELDS`, "all" or "none".

    Returns:
        string [batch]: the fields, then the body without base64, quoted-printable and HTML. Each
        tag of HTML leaves its name and each address its host; numbers are zeros.
    """
    with tf.name_scope("plain_mail"):
        text = tf.strings.substr(messages, 0, MOST_BYTES)
        text = _utf8(tf.strings.regex_replace(text, "\r\n?", "\n"))
        is_head = tf.strings.regex_full_match(text, _HEAD)
        head = tf.where(is_head, _replace(text, r"(?s)\n\n.*", "\n"), "")
        body = tf.where(is_head, _replace(text, r"(?s)^.*?(?:\n\n|$)", "", once=True), text)
        coded = tf.strings.regex_full_match(text, r"(?is).*\nContent-Transfer-Encoding: *base64.*")
        body = tf.where(coded, _without_base64(body), body)
        body = tf.where(
            tf.strings.regex_full_match(text, r"(?is).*\bquoted-printable.*"),
            _without_quoted_printable(body),
            body,
        )
        fields = _fields(head, headers)
        return _with_plain_numbers(tf.strings.join([fields, _without_html(body)], "\n"))


def _fields(head: tf.Tensor, headers: Headers) -> tf.Tensor:
    """The chosen header fields, a line each."""
    if headers == "none":
        return tf.zeros_like(head)
    lines = tf.strings.split(_replace(head, r"\n[ \t]+", " "), "\n")
    names = r"[a-z][a-z0-9-]*" if headers == "all" else "|".join(FIELDS[headers])
    keep = tf.strings.regex_full_match(lines.flat_values, rf"(?is)(?:{names}):.*")
    kept = tf.ragged.boolean_mask(lines, lines.with_flat_values(keep))
    return tf.strings.reduce_join(kept, -1, separator="\n")


def _without_base64(body: tf.Tensor) -> tf.Tensor:
    """The body with its lines of base64 decoded."""
    lines = tf.strings.split(body, "\n")
    flat = lines.flat_values
    coded = tf.strings.regex_full_match(flat, _BASE64)
    web_safe = _replace(_replace(tf.where(coded, flat, ""), r"\+", "-"), "/", "_")
    plain = tf.where(coded, tf.io.decode_base64(web_safe), tf.strings.join([flat, "\n"]))
    return _utf8(tf.strings.reduce_join(lines.with_flat_values(plain), -1))


def _without_quoted_printable(body: tf.Tensor) -> tf.Tensor:
    """The body with lines joined and what stands for characters in the way of words undone."""
    body = _replace(body, "= *\n", "")
    body = _replace(body, "=(?i:3D)", "=")
    return _replace(body, "=[0-9A-F]{2}", " ")


def _without_html(body: tf.Tensor) -> tf.Tensor:
    body = _replace(body, _HIDDEN, "")
    body = _replace(body, _ADDRESS, r" http \1 ")
    body = _replace(body, r"(?i)<([a-z][a-z0-9]*)[^>]*? http ([a-z0-9.-]+) [^>]*>", r" html\1 \2 ")
    body = _replace(body, r"(?i)<([a-z][a-z0-9]*)[^>]*>", r" html\1 ")
    return _replace(_replace(body, r"</?[^>]*>", " "), r"(?i)&(?:nbsp|#160);", " ")


def _with_plain_numbers(text: tf.Tensor) -> tf.Tensor:
    """Every number becomes zeros: 1,000 dollars is no other offer than 2,500 dollars."""
    text = _replace(text, r"\d+", "0")
    return _replace(_replace(text, r"0(?:[.,:]0)+", "0"), r"\s+", " ")


def _utf8(text: tf.Tensor) -> tf.Tensor:
    return tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", errors="replace")


def _replace(text: tf.Tensor, pattern: str, by: str, once: bool = False) -> tf.Tensor:
    return tf.strings.regex_replace(text, pattern, by, replace_global=not once)

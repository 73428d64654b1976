"""Decoding in the graph: greedy, sampled and beam search over any model that gives the next id.

Whatever writes ids one after another (a translator, a captioner, a recogniser of speech) is a
step, `step(ids, state) -> (logits, state, extras)`:

- `ids` int32 [batch]: what was written last (the start id at first);
- `state`: a nest of tensors, batch first. Parts that the step hands back as they are, such as the
  encoder's memory, cost nothing: they are not reordered with the beams;
- `logits` float [batch, vocabulary]: of the next id;
- `extras`: a nest of tensors, batch first, to be kept for every step, such as
  {"attention": [batch, source length]}; {} for none.

The loops are `tf.while_loop`s: call them inside a `tf.function`; they can be exported.
"""

from kerasuite.text.decoding.beam import beam_search
from kerasuite.text.decoding.penalties import coverage_penalty, length_penalty
from kerasuite.text.decoding.sampling import greedy, sample
from kerasuite.text.decoding.step import Decoded, Step

__all__ = [
    "Decoded",
    "Step",
    "beam_search",
    "coverage_penalty",
    "greedy",
    "length_penalty",
    "sample",
]

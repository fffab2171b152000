"""Stage 6, drivers: segments to mentions, by a linear model taught by example and by cues.

The recipe: TF-IDF of words and of characters inside words, one logistic regression a driver, taught by exemplars,
by comments composed of them and by cue phrases; clauses and whole documents scored and averaged, a push where a cue
is said, and self-training on the client's own clauses. From 200 sentences taught by the client on, they also decide
how sure a mention must be. Each voice has a model of its own: the same words are `cx.process_failure` from a customer
and `ex.internal_process` from an employee.
"""

from bxtext.drivers.concessions import count_concessions
from bxtext.drivers.mentions import map_drivers, map_with_model
from bxtext.drivers.model import DriverModel

__all__ = ["DriverModel", "count_concessions", "map_drivers", "map_with_model"]

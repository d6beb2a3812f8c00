"""The authors' released checkpoints as models of this program."""

RELEASED = "released checkpoint"  # how a model file says that it is one, as `origin` of its card

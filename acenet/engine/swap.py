"""Modules of a network run as faster ones for a while: same objects, same weights and names, another class.

Torch does the same to parametrised and sharded modules. Not for two threads on one network at a time.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import nn


class Substitute:
    """Marks a class that stands in for the network's own; its first base that is no substitute is the plain class."""

    @classmethod
    def suits(cls, module: nn.Module) -> bool:
        """Whether this module, of the plain class, may run so."""
        return True


Table = Mapping[type[nn.Module], type[nn.Module]]  # plain classes and what stands in for them


def plain_class(module: nn.Module) -> type[nn.Module]:
    """The class a module has outside of every `substituted` block."""
    return next(
        kind
        for kind in type(module).__mro__
        if issubclass(kind, nn.Module) and not issubclass(kind, Substitute)
    )


@contextmanager
def substituted(network: nn.Module, table: Table) -> Iterator[None]:
    """Within the block, modules of just a class of `table` run as its substitute, and all others as they are defined.

    Blocks may lie within each other: the inner table alone counts, and afterwards the outer one does again.
    """
    before = [(module, type(module)) for module in network.modules()]
    try:
        for module, _ in before:
            plain = plain_class(module)
            faster = table.get(plain, plain)
            suits = not issubclass(faster, Substitute) or faster.suits(module)
            module.__class__ = faster if suits else plain
        yield
    finally:
        for module, kind in before:
            module.__class__ = kind

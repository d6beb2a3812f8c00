"""Losses against plain implementations and hand-computed values."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from acenet.inputs.stacks import Batch
from acenet.networks.outputs import Outputs
from acenet.training.losses import (
    SEC_WEIGHT,
    class_factors,
    pixel_weights,
    presence_loss,
    segmentation_loss,
    total_loss,
)


def plain_loss(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Cross-entropy and Dice with one-hot targets, as the papers print them, and with torch's gradients."""
    n_classes = logits.shape[1]
    p = logits.softmax(1)
    g = F.one_hot(target, n_classes).movedim(-1, 1).to(p.dtype)
    cross_entropy = F.cross_entropy(logits, target, reduction="none")
    if weights is not None:
        cross_entropy = cross_entropy * weights
    over = (0, *range(2, logits.ndim))
    dice = 1 - 2 * (p * g).sum(over) / (p.sum(over) + g.sum(over) + 1e-4)
    return cross_entropy.mean() + dice.mean()


def case(seed: int, shape: tuple[int, int, int, int], *, present: int) -> tuple[Tensor, Tensor, Tensor]:
    """Logits (N, C, H, W) in double precision, a target of the classes below `present`, and weights."""
    draw = torch.Generator().manual_seed(seed)
    n, _, h, w = shape
    logits = 3 * torch.randn(shape, generator=draw, dtype=torch.float64)
    return (
        logits,
        torch.randint(present, (n, h, w), generator=draw),
        torch.rand(n, h, w, generator=draw).double(),
    )


def value_and_gradient(loss: object, logits: Tensor, *rest: object) -> tuple[Tensor, Tensor]:
    leaf = logits.clone().requires_grad_()
    value = loss(leaf, *rest)  # type: ignore[operator]
    (2.5 * value).backward()
    assert leaf.grad is not None
    return value.detach(), leaf.grad


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**31),
    st.tuples(st.integers(1, 3), st.integers(2, 6), st.integers(1, 5), st.integers(1, 5)),
    st.data(),
)
def test_equals_the_plain_loss(seed: int, shape: tuple[int, int, int, int], data: st.DataObject) -> None:
    present = data.draw(st.integers(1, shape[1]))  # 1: a batch of pure background; others lack classes
    logits, target, weights = case(seed, shape, present=present)
    for rest in ((target,), (target, weights), (target, torch.zeros_like(weights))):
        ours, theirs = (value_and_gradient(f, logits, *rest) for f in (segmentation_loss, plain_loss))
        torch.testing.assert_close(ours[0], theirs[0], rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(ours[1], theirs[1], rtol=1e-8, atol=1e-12)


def test_equals_the_plain_loss_in_single_precision_at_139_classes() -> None:
    logits, target, weights = case(0, (2, 139, 16, 16), present=60)
    ours, theirs = (
        value_and_gradient(f, logits.float(), target, weights.float())
        for f in (segmentation_loss, plain_loss)
    )
    torch.testing.assert_close(ours[0], theirs[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours[1], theirs[1], rtol=1e-4, atol=1e-8)


def test_the_gradient_is_that_of_the_value() -> None:
    logits, target, weights = case(1, (2, 4, 3, 3), present=3)
    assert torch.autograd.gradcheck(
        lambda x: segmentation_loss(x, target, weights), (logits.requires_grad_(),)
    )


def test_an_absent_class_costs_one_and_is_pushed_down() -> None:
    logits = torch.zeros(1, 2, 1, 4, requires_grad=True)
    loss = segmentation_loss(logits, torch.zeros(1, 1, 4, dtype=torch.long))
    # background: sum p = 2, sum g = 4, overlap 2; class 1: sum p = 2, overlap 0
    assert loss.item() == pytest.approx(np.log(2) + ((1 - 4 / 6.0001) + 1) / 2, rel=1e-6)
    loss.backward()
    assert logits.grad is not None and (logits.grad[:, 1] > 0).all()


def test_a_perfect_prediction_costs_nothing_and_a_hopeless_one_stays_finite() -> None:
    target = torch.tensor([[[0, 1], [1, 0]]])
    right = 200 * F.one_hot(target, 2).movedim(-1, 1).float()
    assert segmentation_loss(right, target).item() == pytest.approx(0, abs=1e-4)
    loss, gradient = value_and_gradient(segmentation_loss, -right, target)
    assert loss.isfinite() and gradient.isfinite().all() and gradient.abs().max() > 0


def test_presence_by_hand() -> None:
    logits = torch.tensor([[0.0, 2.0, -1.0], [40.0, 0.0, -40.0]])
    target = torch.tensor([[[0, 0], [1, 0]], [[2, 2], [2, 2]]])
    occurs = [[1, 1, 0], [0, 0, 1]]
    expected = []
    for row, truth in zip(logits.tolist(), occurs, strict=True):
        for logit, yes in zip(row, truth, strict=True):
            p = min(max(1 / (1 + np.exp(-logit)), 1e-3), 1 - 1e-3)
            expected.append(-np.log(p if yes else 1 - p))
    assert presence_loss(logits, target).item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_presence_is_clamped_as_the_released_code_does_it() -> None:
    """Loss and gradient of probabilities cut at 0.001 and 0.999; a logit that is no number gives such a loss."""
    logits = torch.tensor(
        [[-9.0, -6.9, 0.3, 7.0], [9.0, -1.0, 6.9, -7.0]], dtype=torch.float64, requires_grad=True
    )
    target = torch.tensor([[[0, 2]], [[1, 3]]])
    occurs = torch.tensor([[1.0, 0, 1, 0], [0, 1, 0, 1]], dtype=torch.float64)
    released = F.binary_cross_entropy(torch.sigmoid(logits).clamp(1e-3, 1 - 1e-3), occurs)
    ours = presence_loss(logits, target)
    assert ours.item() == pytest.approx(released.item(), rel=1e-12)
    (expected,), (found,) = (torch.autograd.grad(loss, logits) for loss in (released, ours))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-15)
    assert torch.isnan(presence_loss(torch.full((1, 4), torch.nan), target[:1]))


@pytest.mark.parametrize(
    ("counts", "factors"),
    [
        ([100, 10, 1], [0.1, 1, 10]),
        ([100, 10, 0, 1], [0.1, 1, 0, 10]),  # absent classes do not move the median
        ([4, 2], [0.75, 1.5]),  # an even number: the middle of the two
        ([3, 2], [2.5 / 3, 1.25]),  # true division, not the released code's floor
    ],
)
def test_class_factors_by_hand(counts: list[int], factors: list[float]) -> None:
    torch.testing.assert_close(class_factors(torch.tensor(counts)), torch.tensor(factors))


def test_pixel_weights_by_hand() -> None:
    target = torch.tensor([[[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]])
    factors = torch.tensor([0.5, 4.0])
    # The step lies between the last two columns: central differences see it from both of them.
    expected = torch.tensor([0.5, 0.5, 1.5, 12.0]).repeat(3, 1)[None]
    torch.testing.assert_close(pixel_weights(target, factors), expected)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31))
def test_pixel_weights_mark_where_numpys_gradient_is_not_zero(seed: int) -> None:
    target = np.random.default_rng(seed).integers(0, 3, (2, 6, 5))
    factors = torch.tensor([0.25, 1.0, 3.0])
    edge = np.stack([(gy != 0) | (gx != 0) for gy, gx in (np.gradient(t.astype(float)) for t in target)])
    expected = factors[torch.as_tensor(target)] * torch.as_tensor(np.where(edge, 3.0, 1.0)).float()
    torch.testing.assert_close(pixel_weights(torch.as_tensor(target), factors), expected)


@pytest.mark.parametrize("weighted", [False, True])
def test_patches_cost_what_the_plain_loss_says(weighted: bool) -> None:
    draw = torch.Generator().manual_seed(4)
    blocks = torch.randint(5, (2, 2, 1, 2), generator=draw, dtype=torch.uint8)
    classes = blocks.repeat_interleave(3, 1).repeat_interleave(4, 2).repeat_interleave(5, 3)
    shape = classes.shape  # (2, 6, 4, 10)
    logits = 3 * torch.randn(2, 6, *shape[1:], generator=draw, dtype=torch.float64)  # class 5 is absent
    factors = torch.tensor([0.2, 1.0, 2.0, 0.5, 3.0, 0.0], dtype=torch.float64) if weighted else None
    weights = torch.ones(shape, dtype=torch.float64)
    if factors is not None:
        gradients = np.stack([np.gradient(patch.numpy().astype(float)) for patch in classes])  # (2, 3, ...)
        edge = torch.as_tensor((gradients != 0).any(1))
        assert edge.any() and not edge.all()
        weights = factors[classes.long()] * torch.where(edge, 3.0, 1.0)
    batch = Batch(classes[:, None], classes, classes)

    def ours(x: Tensor) -> Tensor:
        return total_loss(Outputs(x), batch, factors)

    found = value_and_gradient(ours, logits)
    expected = value_and_gradient(plain_loss, logits, classes.long(), weights)
    torch.testing.assert_close(found[0], expected[0], rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(found[1], expected[1], rtol=1e-8, atol=1e-12)


def test_a_patch_by_hand() -> None:
    # p = 1/2 in all four voxels: CE = ln 2; sum p = 2 per class, sum g = 3 and 1, 2 sum(p g) = 3 and 1.
    classes = torch.tensor([0, 0, 0, 1], dtype=torch.uint8).view(1, 1, 2, 2)
    batch = Batch(torch.zeros(1, 1, 1, 2, 2, dtype=torch.uint8), classes, classes)
    loss = total_loss(Outputs(torch.zeros(1, 2, 1, 2, 2)), batch)
    dice = ((1 - 3 / 5.0001) + (1 - 1 / 3.0001)) / 2
    assert loss.item() == pytest.approx(np.log(2) + dice, rel=1e-6)


def heads(seed: int = 0) -> tuple[Outputs, Batch]:
    draw = torch.Generator().manual_seed(seed)
    classes = torch.randint(3, (2, 4, 4), generator=draw, dtype=torch.uint8)
    brain = torch.randint(2, (2, 4, 4), generator=draw, dtype=torch.uint8)
    shapes = ((2, 3, 4, 4), (2, 3), (2, 2, 4, 4), (2, 3, 4, 4))
    outputs = Outputs(*(torch.randn(shape, generator=draw) for shape in shapes))
    return outputs, Batch(torch.zeros(2, 1, 4, 4, dtype=torch.uint8), classes, brain)


@pytest.mark.parametrize("weighted", [False, True])
def test_total_loss_sums_the_heads_a_network_has(weighted: bool) -> None:
    outputs, batch = heads()
    target, brain = batch.classes.long(), batch.brain.long()
    factors = torch.tensor([0.2, 1.0, 2.0]) if weighted else None
    weights = None if factors is None else pixel_weights(target, factors)
    parts = {
        "label": plain_loss(outputs.label, target, weights),
        "presence": 0.1 * presence_loss(outputs.presence, target),
        "skull": plain_loss(outputs.skull, brain),  # never weighted
        "fused": plain_loss(outputs.fused, target, weights),
    }
    assert SEC_WEIGHT == 0.1
    torch.testing.assert_close(total_loss(outputs, batch, factors), sum(parts.values()))
    for lacking in ({"fused", "skull"}, {"presence"}, {"presence", "skull", "fused"}):
        some = outputs._replace(**dict.fromkeys(lacking))
        expected = sum(value for name, value in parts.items() if name not in lacking)
        torch.testing.assert_close(total_loss(some, batch, factors), expected)

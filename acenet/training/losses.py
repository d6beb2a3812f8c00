"""Losses of ACEnet, section 3.4: cross-entropy and Dice per head, and presence of classes (SEC)."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from acenet.inputs.stacks import Batch
from acenet.networks.outputs import Outputs

SEC_WEIGHT = 0.1  # lambda of the ACEnet paper
PRESENCE_LOGIT = math.log(0.999 / 0.001)  # of the probabilities at which the released code clamps
DICE_EPSILON = 1e-4  # of the released code


def segmentation_loss(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Cross-entropy plus Dice loss of one head.

    The Dice loss is 1 - 2 sum(p g) / (sum p + sum g + 1e-4) per class, summed over batch and space and averaged
    over all classes: the released code's form, not squared as the paper prints it, background included. A class
    that does not occur in the batch contributes 1 while pushing its p to zero.

    Parameters
    ----------
    logits
        (N, C, H, W) float, or (N, C, X, Y, Z) from a 3D network; likewise below.
    target
        (N, H, W) int64 class of each pixel.
    weights
        (N, H, W) float, factor of each pixel's cross-entropy; the Dice loss is not weighted.
    """
    n_pixels = target.numel()
    factors = target.new_full((), 1, dtype=logits.dtype) if weights is None else weights.flatten(1)
    loss: Tensor = _CrossEntropyAndDice.apply(  # type: ignore[no-untyped-call]
        logits.flatten(2), target.flatten(1), factors / n_pixels
    )
    return loss


class _CrossEntropyAndDice(torch.autograd.Function):
    """Both losses with their gradient in closed form, in six passes over (N, C, P) and without one-hot targets.

    With T_c = sum p_c + sum g_c + eps and overlap I_c, the gradient of the Dice loss with respect to p_c is
    A_c + B_c [g = c], where A_c = 2 I_c / (C T_c^2) and B_c = -2 / (C T_c). Through the softmax, and with the
    cross-entropy's w (p_c - [g = c]), the gradient with respect to the logits is
    p_c (A_c - r + w) + [g = c] (p_g B_g - w), where r = sum_c p_c A_c + p_g B_g.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
        """logits (N, C, P), target (N, P) int64, weights (N, P) or scalar, already divided by N P."""
        n_classes = logits.shape[1]
        p = logits.softmax(1)
        p_target = p.gather(1, target[:, None])[:, 0]  # (N, P)
        flat = target.flatten()
        overlap = p.new_zeros(n_classes).index_add_(0, flat, p_target.flatten())
        total = p.sum((0, 2)) + torch.bincount(flat, minlength=n_classes) + DICE_EPSILON
        cross_entropy = (
            -(weights * p_target.clamp(min=torch.finfo(p.dtype).tiny).log()).expand_as(target).sum()
        )
        dice = (1 - 2 * overlap / total).mean()

        a = 2 * overlap / (n_classes * total**2)
        b_target = (-2 / (n_classes * total))[target]  # (N, P)
        r = a @ p + p_target * b_target  # (N, P)
        gradient = (a[:, None] + (weights - r)[:, None]).mul_(p)  # (N, C, P)
        gradient.scatter_add_(1, target[:, None], (p_target * b_target - weights)[:, None])
        ctx.save_for_backward(gradient)
        return cross_entropy + dice

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        """The gradient that `forward` left, once."""
        (gradient,) = ctx.saved_tensors
        return gradient * gradients[0], None, None


def presence_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy of which classes occur in each slice, background included (SEC loss).

    logits (N, C), target (N, H, W). Probabilities are clamped to [0.001, 0.999] as in the released code; by their
    logits, since torch refuses probabilities that are NaN, and on CUDA dies of them, before divergence can be told.
    """
    occurs = torch.zeros_like(logits).scatter_(1, target.flatten(1), 1.0)  # (N, C)
    return F.binary_cross_entropy_with_logits(logits.clamp(-PRESENCE_LOGIT, PRESENCE_LOGIT), occurs)


def total_loss(outputs: Outputs, batch: Batch, class_weights: Tensor | None = None) -> Tensor:
    """Sum over the heads a network has; the un-fused label head is trained too, as in the released code.

    `class_weights` (C,) are the factors of `class_factors`; they act on the structures' cross-entropy only.
    """
    target = batch.classes.long()
    weights = None if class_weights is None else pixel_weights(target, class_weights)
    loss = segmentation_loss(outputs.label, target, weights)
    if outputs.fused is not None:
        loss = loss + segmentation_loss(outputs.fused, target, weights)
    if outputs.skull is not None:
        loss = loss + segmentation_loss(outputs.skull, batch.brain.long())
    if outputs.presence is not None:
        loss = loss + SEC_WEIGHT * presence_loss(outputs.presence, target)
    return loss


def class_factors(voxel_counts: Tensor) -> Tensor:
    """median(f) / f_l for each class, from its training voxels (C,); 0 for a class that never occurs.

    The median is over the classes that occur. True division as printed; the released code floors it, which
    gives every large class weight 0.
    """
    counts = voxel_counts.double()
    occurring = counts > 0
    median = counts[occurring].quantile(0.5)
    return torch.where(occurring, median / counts.clamp(min=1), 0.0).float()


def pixel_weights(target: Tensor, factors: Tensor) -> Tensor:
    """omega(x) = median(f)/f_l + w0 where the label changes in the slice, with w0 = 2 median(f)/f_l (ACEnet eq. 3).

    target (N, H, W) or (N, X, Y, Z) int64, factors (C,); returns the target's shape. A pixel lies on an edge where
    the central difference of the label ids along any axis of the slice or patch is not zero.
    """
    edge = torch.zeros_like(target, dtype=torch.bool)
    for axis in range(1, target.ndim):
        last = target.shape[axis] - 1
        place = torch.arange(last + 1, device=target.device)
        before, after = (place - 1).clamp(min=0), (place + 1).clamp(max=last)
        edge |= target.index_select(axis, before) != target.index_select(axis, after)
    return factors[target] * (1 + 2 * edge)

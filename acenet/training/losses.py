"""Losses of ACEnet, section 3.4: cross-entropy and Dice per head, and presence of classes (SEC)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from acenet.models.outputs import Outputs
from acenet.slices import Batch

SEC_WEIGHT = 0.1  # lambda of the ACEnet paper


def segmentation_loss(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Cross-entropy plus Dice loss of one head.

    Parameters
    ----------
    logits : (N, C, H, W) float.
    target : (N, H, W) int64 class of each pixel.
    weights : (N, H, W) float, factor of each pixel's cross-entropy; the Dice loss is not weighted.
    """
    log_p = F.log_softmax(logits, dim=1)
    log_p_target = log_p.gather(1, target[:, None])[:, 0]  # (N, H, W); unlike NLLLoss deterministic on CUDA
    cross_entropy = -(log_p_target if weights is None else log_p_target * weights).mean()
    return cross_entropy + dice_loss(log_p.exp(), target)


def dice_loss(p: Tensor, target: Tensor) -> Tensor:
    """1 - 2 sum(p g) / (sum p + sum g) per class, over batch and space, averaged over all classes.

    The released code's form: not squared as the paper prints it, background included, and a class that does
    not occur in the batch contributes 1 while pushing its p to zero. p (N, C, H, W) probabilities,
    target (N, H, W) int64.
    """
    n_classes = p.shape[1]
    one_hot = F.one_hot(target, n_classes).permute(0, 3, 1, 2).to(p.dtype)  # (N, C, H, W)
    overlap = (p * one_hot).sum((0, 2, 3))
    total = p.sum((0, 2, 3)) + one_hot.sum((0, 2, 3))
    return (1 - 2 * overlap / (total + 1e-4)).mean()


def presence_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy of which classes occur in each slice, background included (SEC loss).

    logits (N, C), target (N, H, W). Probabilities are clamped to [0.001, 0.999] as in the released code.
    """
    occurs = F.one_hot(target.flatten(1), logits.shape[1]).amax(1).to(logits.dtype)  # (N, C)
    return F.binary_cross_entropy(torch.sigmoid(logits).clamp(1e-3, 1 - 1e-3), occurs)


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

    target (N, H, W) int64, factors (C,); returns (N, H, W). A pixel lies on an edge where the central
    difference of the label ids along either axis of the slice is not zero.
    """
    padded = F.pad(target[:, None].float(), (1, 1, 1, 1), mode="replicate")[:, 0]
    vertical = padded[:, 2:, 1:-1] != padded[:, :-2, 1:-1]
    horizontal = padded[:, 1:-1, 2:] != padded[:, 1:-1, :-2]
    edge = (vertical | horizontal).to(factors.dtype)
    return factors[target] * (1 + 2 * edge)

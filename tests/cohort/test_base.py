from pathlib import Path

import numpy as np
import pytest

from acenet.cohort.base import add_vessels, brain_mask, cma_labels, dkt31_labels, place
from acenet.errors import InputError
from acenet.imaging.io import Volume


def volume(array, affine):
    return Volume(np.asarray(array), np.asarray(affine, float), Path("labels.nii.gz"))


def test_place_flips_and_shifts_without_resampling():
    labels = np.zeros((4, 5, 3), np.int16)
    labels[0, 1, 2] = 7
    labels[3, 4, 0] = 9
    affine = np.diag([-1.0, 1, 1, 1])
    affine[:3, 3] = [10, -2, 5]  # x = 10 - i, y = j - 2, z = k + 5
    target = np.eye(4)
    target[:3, 3] = [0, -10, 0]  # x = i, y = j - 10, z = k
    placed = place(volume(labels, affine), target, (12, 16, 10))
    assert placed[10, 9, 7] == 7
    assert placed[7, 12, 5] == 9
    assert np.count_nonzero(placed) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a + np.array([[0, 0, 0, 0.5], [0] * 4, [0] * 4, [0] * 4]),
        lambda a: a @ np.diag([2.0, 1, 1, 1]),
        lambda a: a + np.array([[0, 0, 0, 40.0], [0] * 4, [0] * 4, [0] * 4]),
    ],
    ids=["half a voxel off", "2 mm", "outside"],
)
def test_place_refuses_other_lattices(change):
    labels = np.ones((3, 3, 3), np.int16)
    with pytest.raises(InputError, match=r"labels\.nii\.gz"):
        place(volume(labels, change(np.eye(4))), np.eye(4), (8, 8, 8))


def test_brain_mask_closes_a_sulcus_and_fills_a_ventricle():
    labelled = np.zeros((40, 40, 40), bool)
    labelled[8:32, 8:32, 8:32] = True
    labelled[19:22, 20:32, 8:32] = False  # 3 mm wide, open to one side
    labelled[12:16, 12:16, 12:16] = False
    mask = brain_mask(labelled)
    assert mask[20, 24, 20] == 1
    assert mask[13, 13, 13] == 1
    assert (mask[labelled] == 1).all()
    assert mask[:7].sum() == 0


def test_dropped_cortex_joins_the_nearest_region_of_its_own_side():
    aparc = np.zeros((20, 3, 3), np.int16)
    aparc[1:4] = 1015
    aparc[4] = 1001  # bankssts, beside 1015 ...
    aparc[9] = 1030
    aparc[10] = 2032  # a pole of the other side, touching 1030 ...
    aparc[14:16] = 2028  # ... but 2028 is the nearest of its own
    aparc[17] = 2  # no cortex
    result = dkt31_labels(aparc)
    assert (result[4] == 1015).all()
    assert (result[10] == 2028).all()
    assert (result[17] == 0).all()
    assert set(np.unique(result)) == {0, 1015, 1030, 2028}


def test_cma_labels_follow_the_rules():
    aparc = np.zeros((12, 2, 2), np.int16)
    for index, label in enumerate((2, 251, 41, 254, 1030, 2030, 31, 63, 16, 85, 30)):
        aparc[index] = label
    aparc[3] = 254  # between 41 (index 2) and cortex
    result = cma_labels(aparc)
    assert [int(result[k, 0, 0]) for k in (0, 2, 3, 4, 5, 6, 7, 8, 9, 10)] == [
        *(2, 41, 41, 3, 42, 4, 43, 16, 0, 30)
    ]
    assert result[1, 0, 0] in (2, 41)


def test_vessels_lie_below_each_putamen():
    labels = np.zeros((60, 40, 40), np.int16)
    labels[40:46, 15:25, 20:30] = 57  # right
    labels[14:20, 15:25, 20:30] = 58
    result = add_vessels(labels)
    for vessel, putamen in ((63, 57), (64, 58)):
        place_of, above = (np.argwhere(result == k).mean(axis=0) for k in (vessel, putamen))
        assert 15 <= (result == vessel).sum() <= 100
        assert abs(place_of[0] - above[0]) < 2
        assert place_of[2] < above[2] - 5

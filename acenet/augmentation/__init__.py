"""Augmentation by registration: training scans warped with their labels onto scans of other people.

ACEnet* (Tables 6 and 9) is trained on MALC's training scans and on 300 more: each of the 15 warped onto 20
scans of ADNI. `settings` and `pairs` are imported whenever Snakemake parses the workflow and import nothing
heavy; ANTs itself is used by `ants_bridge` alone, which imports it only when it is called.
"""

from acenet.augmentation.pairs import Pair, choose_atlases, plan_pairs
from acenet.augmentation.settings import Acceptance, Registration

__all__ = ["Acceptance", "Pair", "Registration", "choose_atlases", "plan_pairs"]

"""What the results of a scan are called: plain names, or those of BIDS derivatives."""

import re
from dataclasses import dataclass
from pathlib import Path

from acenet.protocols import Structure
from acenet.segmenting.scans import ScanFile


@dataclass(frozen=True)
class ResultNames:
    """Paths of one scan's results, relative to the output folder.

    labels : label map in the protocol's ids. brain : mask 0/1. volumes : table. picture : for a look at the result.
    record : what it was made of; written last, so that where it is, everything else is.
    probabilities : with {} for a structure's name.
    """

    labels: Path
    brain: Path
    volumes: Path
    picture: Path
    record: Path
    probabilities: str

    def probability(self, structure: Structure) -> Path:
        """The probability map of a structure; BIDS allows letters and digits alone."""
        return Path(self.probabilities.format(re.sub("[^A-Za-z0-9]", "", structure.name)))


def result_names(scan: ScanFile, protocol: str) -> ResultNames:
    """The names for one scan."""
    if scan.dataset is None:
        at = scan.folder
        return ResultNames(
            labels=at / f"{scan.name}_labels.nii.gz",
            brain=at / f"{scan.name}_brainmask.nii.gz",
            volumes=at / f"{scan.name}_volumes.tsv",
            picture=at / f"{scan.name}_picture.png",
            record=at / f"{scan.name}_labels.json",
            probabilities=(at / f"{scan.name}_probability-{{}}.nii.gz").as_posix(),
        )
    at, desc = scan.folder, re.sub("[^A-Za-z0-9]", "", protocol)
    return ResultNames(
        labels=at / f"{scan.name}_desc-{desc}_dseg.nii.gz",
        brain=at / f"{scan.name}_desc-brain_mask.nii.gz",
        volumes=at / f"{scan.name}_desc-{desc}_volumes.tsv",
        picture=at.parent / "figures" / f"{scan.name}_desc-{desc}_dseg.png",
        record=at / f"{scan.name}_desc-{desc}_dseg.json",
        probabilities=(at / f"{scan.name}_label-{{}}_desc-{desc}_probseg.nii.gz").as_posix(),
    )


def lookup_name(protocol: str, *, bids: bool) -> str:
    """The table of ids, names and colours, which all scans of a protocol share."""
    return f"desc-{re.sub('[^A-Za-z0-9]', '', protocol)}_dseg.tsv" if bids else f"{protocol}_labels.tsv"

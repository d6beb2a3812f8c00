"""The sources of a study: where the raw scans of each lie, who was scanned, and how they are split."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from acenet import cohort
from acenet.cohort import public_scans
from acenet.config import Configuration
from acenet.conform.replaced import State, compared
from acenet.datasets import official_subjects, raw_subject
from acenet.datasets.fetch import archives_of
from acenet.datasets.locations import (
    Location,
    masks_in_words,
    own_subjects,
    place_of,
    real_subjects,
    split_subjects,
    with_closed_masks,
)
from acenet.datasets.own import OwnData
from acenet.datasets.subject import Subject
from acenet.errors import InputError
from acenet.plan import paths
from acenet.report.provenance import EMBEDDED, LICENSED, PUBLIC


@dataclass(frozen=True)
class Source:
    """One source of scans: a data set's release, ADNI, or a folder of one's own.

    Attributes
    ----------
    name
        Malc, mindboggle, schizbull, adni, or the name of a data set of one's own.
    config
        The configuration of the study.
    protocols
        Data sets (label protocols) that its labels are encoded in; none for adni.
    own
        The entry of the configuration, where it is of one's own.
    """

    name: str
    config: Configuration
    protocols: tuple[str, ...]
    own: OwnData | None = None

    @cached_property
    def place(self) -> Location:
        """Where its raw files are or will be."""
        if self.own is not None:
            return Location(self.name, "folder", self.own.root)
        return place_of(self.name, self.setting, malc_images=self.config.malc_images)

    @property
    def setting(self) -> str:
        """What the configuration says of it: `embedded`, `download`, `heads` or a folder."""
        return str(getattr(self.config.data, self.name)) if self.own is None else self.own.root

    @property
    def root(self) -> str:
        """The folder that holds its raw files."""
        return self.place.root

    @property
    def is_embedded(self) -> bool:
        """Whether the embedded cohort stands in for it."""
        return self.place.kind == "embedded"

    @property
    def origin(self) -> str:
        """What its numbers come from, in the words of captions."""
        return {"embedded": EMBEDDED, "heads": PUBLIC}.get(self.place.kind, LICENSED)

    @property
    def where_from(self) -> str:
        """What the configuration says of it, for the record of a run."""
        if not self.place.is_fetched_by_file:
            return self.setting
        return f"{self.setting} ({'stripped images' if self.place.stripped else 'heads'} of the public copy, cropped)"

    @property
    def prepared_with(self) -> str:
        """The group of its jobs: a scan that cannot be read stops no other source. All of one's own are one."""
        return f"prepare_{'own' if self.own else self.name}"

    @cached_property
    def subjects(self) -> dict[str, Subject]:
        """Its subjects by id: planned for the embedded cohort, found on disk for real data.

        Raises
        ------
        InputError
            What is missing or wrong among the files.
        """
        if self.own is not None:
            found = own_subjects(self.own)
        elif self.is_embedded:
            numbers = self.config.chosen.cohort.subjects.model_dump()
            found = cohort.plan(self.name, numbers[self.name])
        elif self.place.kind == "heads":
            found = public_scans.subjects()
        else:
            masks = {str(name): folder for name, folder in self.config.masks.items()}
            found = real_subjects(self.place, masks=masks.get(self.name), split=self.split_file)
        if self.name in self.config.close_masks:
            found = with_closed_masks(found)
        return {subject.id: subject for subject in found}

    @property
    def masks(self) -> str:
        """What its brain masks are, in the words of captions."""
        words = masks_in_words(self.subjects.values())
        if self.place.stripped:
            words += ", on images that are stripped already"
        return words.replace("the data set's own", "the embedded cohort's") if self.is_embedded else words

    @property
    def split_file(self) -> str | None:
        """The file with a split of one's own."""
        if self.own is not None:
            return self.own.split
        return {str(name): path for name, path in self.config.splits.items()}.get(self.name)

    @cached_property
    def split(self) -> dict[str, str]:
        """Part (train, validation, test) of each subject, by id."""
        subjects = list(self.subjects.values())
        test = self.config.chosen.cohort.test_subjects if self.is_embedded else None
        table = split_subjects(subjects, seed=self.config.seed, path=self.split_file, test=test)
        return dict(zip(table["subject"], table["split"], strict=True))

    def in_parts(self, *parts: str) -> list[str]:
        """Ids of the subjects in some parts of the split."""
        return [subject for subject, part in self.split.items() if part in parts]

    def subject(self, subject: str) -> Subject:
        """The subject of that id; InputError where there is none."""
        if subject not in self.subjects:
            raise InputError(self.name, expected=f"one of its subjects in {self.root}", found=subject)
        return self.subjects[subject]

    def files(self, subject: str) -> dict[str, str]:
        """Paths of a subject's image, labels and mask; a file that it lacks is left out."""
        of = self.subject(subject)
        named = {"image": of.image, "labels": of.labels, "mask": of.mask}
        return {role: str(Path(self.root, path)) for role, path in named.items() if path}

    def state_of_raw(self, subject: str) -> State:
        """Whether a subject's raw files are those that its conformed scan was made of; 'same' for those made here."""
        if self.place.kind != "folder":
            return "same"
        return compared(Path(paths.conformed(self.name, subject, "conform.json")).parent, Path(self.root))

    def conformed(self, *subjects: str) -> list[str]:
        """Everything that conforming some subjects writes."""
        names = (
            "image.nii",
            "brainmask.nii",
            *(f"{dataset}.nii" for dataset in self.protocols),
            "conform.json",
        )
        return [paths.conformed(self.name, subject, name) for subject in subjects for name in names]

    @property
    def archives(self) -> list[str]:
        """Archives to unpack: the user's own, or those to fetch (by the mark of being verified)."""
        if self.place.kind == "download":
            return [paths.verified_archive(self.name, archive) for archive in archives_of(self.name)]
        return list(self.place.archives)

    @property
    def archive_sizes(self) -> dict[str, int]:
        """Bytes of archives of the user's own, by which others of an older date are told; none of those fetched."""
        return {path: Path(path).stat().st_size for path in self.place.archives}

    @property
    def is_fetched(self) -> bool:
        """Whether its archives are downloaded from an address."""
        return self.place.kind == "download" and bool(archives_of(self.name))

    @property
    def is_fetched_by_file(self) -> bool:
        """Whether the files of each of its scans are downloaded by themselves."""
        return self.place.is_fetched_by_file

    @property
    def official_files(self) -> list[str]:
        """Every file of the papers' subjects, in the layout of its archives."""
        files = [path for s in official_subjects(self.name) for path in (s.image, s.labels, s.mask) if path]
        return [f"{self.root}/{path}" for path in files]

    @property
    def raw_patterns(self) -> dict[str, str]:
        """Its raw layout as patterns with {subject} and {place}, for what makes or fetches single scans to write.

        `place` is the folder that differs between subjects: training or testing, a set, or a group.
        """
        first = next(iter(self.subjects.values()))
        files = self.files(first.id)
        if self.is_fetched_by_file:  # a FreeSurfer mask comes from elsewhere
            raw = raw_subject(self.name, first.id)
            files = {role: f"{self.root}/{getattr(raw, role)}" for role in files}
        place = re.compile(rf"\b{re.escape(first.group or first.image.parts[0].removesuffix('-images'))}")
        return {
            role: place.sub("{place}", path.replace(first.id, "{subject}"), count=1)
            for role, path in files.items()
        }

    @property
    def raw_log(self) -> str:
        """A log for each scan that is made or fetched by itself, with the wildcards of `raw_patterns`."""
        place = "{place}/" if any("{place}" in path for path in self.raw_patterns.values()) else ""
        step = "fetch" if self.is_fetched_by_file else "embed"
        return f"results/logs/{step}/{self.name}/{place}{{subject}}.log"

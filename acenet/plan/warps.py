"""Augmentation: which scans are warped onto which, and with what settings."""

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

from acenet.augmentation import Acceptance, Registration, choose_atlases, plan_pairs
from acenet.datasets import adni
from acenet.errors import InputError
from acenet.files.checksums import sha256_of
from acenet.plan import paths
from acenet.plan.sources import Source


@dataclass(frozen=True)
class Warps:
    """The warps of a study: MALC's training scans onto scans of `data.adni`."""

    malc: Source
    adni: Source

    def __bool__(self) -> bool:
        """Whether there are any."""
        return self.malc.config.chosen.augmentation.targets not in (0, ())

    @cached_property
    def targets(self) -> list[str]:
        """The scans that are warped onto: a list's, or as many drawn as configured."""
        wanted = self.malc.config.chosen.augmentation.targets
        scans, seed = list(self.adni.subjects.values()), self.malc.config.seed
        if isinstance(wanted, int):
            chosen = adni.choose(scans, wanted, seed=seed)
        else:
            chosen = adni.choose(scans, len(wanted), ids=wanted, seed=seed)
        return [subject.id for subject in chosen]

    @cached_property
    def atlases(self) -> list[str]:
        """The training scans that are warped, in the list's order."""
        return choose_atlases(self.malc.in_parts("train"), self.malc.config.chosen.augmentation.atlases)

    def folders(self, *targets: str) -> list[str]:
        """Folders of the warps onto some targets."""
        return [paths.warped(pair.id) for pair in plan_pairs(self.atlases, targets)]

    def onto(self, target: str) -> list[str]:
        """Folders of the warps onto one target."""
        return self.folders(target)

    def all(self) -> list[str]:
        """Folders of all warps; none where there is no augmentation."""
        return self.folders(*self.targets) if self else []

    def drawn(self) -> list[str]:
        """Ids of the scans that are warped onto."""
        return self.targets

    def conformed_targets(self) -> list[str]:
        """Folders of the targets on the grid."""
        return [paths.conformed("adni", target) for target in self.targets]

    def checks(self) -> list[str]:
        """The checks of the warps onto each target."""
        return [paths.warp_checks(target) for target in self.targets]

    def images(self) -> dict[str, str]:
        """Raw image of each scan that could be a target."""
        return {subject: self.adni.files(subject)["image"] for subject in self.adni.subjects}

    @property
    def registration(self) -> Registration:
        """What a registration computes."""
        section = self.malc.config.chosen.augmentation
        of_preset = {name: getattr(section, name) for name in Registration.names()}
        return Registration(**of_preset, seed=self.malc.config.seed)

    @property
    def accept(self) -> Acceptance:
        """What a warp must fulfil."""
        section = self.malc.config.chosen.augmentation.accept
        return Acceptance(**{field.name: getattr(section, field.name) for field in fields(Acceptance)})

    @property
    def _own_template(self) -> Path | None:
        chosen = self.malc.config.chosen.augmentation.template
        return None if chosen == "anatomy" else Path(chosen)

    def template(self) -> str:
        """The image that mode `template` registers every scan with; InputError where it is not there."""
        own = self._own_template
        if own is not None and not own.is_file():
            raise InputError(own.absolute(), expected="the template of augmentation", found="no such file")
        return paths.ANATOMY_HEAD if own is None else str(own)

    def template_digest(self) -> str | None:
        """The SHA-256 of a template of one's own: its contents tell whether it is another one, not its date."""
        own = self._own_template
        return sha256_of(own) if own is not None and own.is_file() else None

    def through(self, atlas: str, target: str) -> list[str]:
        """Registrations that a warp is composed of, target first; none where the pair is registered itself."""
        if self.malc.config.chosen.augmentation.mode == "direct":
            return []
        return [paths.registered("target", target), paths.registered("atlas", atlas)]

    def atlas_files(self, atlas: str) -> list[str]:
        """The conformed scan that is warped."""
        return self.malc.conformed(atlas)

    def first_atlas(self) -> list[str]:
        """The conformed scan that targets are placed like."""
        return self.malc.conformed(*self.atlases[:1])

    def scan_to_register(self, role: str, scan: str) -> list[str]:
        """The conformed scan that is registered with the template."""
        return [paths.conformed("adni", scan)] if role == "target" else self.malc.conformed(scan)

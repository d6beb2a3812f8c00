"""Augmentation: MALC's training scans, with their labels, warped onto scans of other people; each warp checked."""


rule record_targets:
    """The scans that training scans are warped onto, and how they were drawn."""
    output:
        "results/warped/malc/targets.csv",
    log:
        "results/logs/warp/targets.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    params:
        images=asked(WARPS.images),
        drawn=asked(WARPS.drawn),
        seed=SETTINGS.seed,
    message:
        "Recording the targets of augmentation"
    script:
        "../workflow_scripts/record_targets.py"


rule conform_adni:
    """A scan to warp onto, on the common grid, with a brain mask where it has none."""
    input:
        unpack(raw_files(STUDY.source("adni"), made="results/conformed/adni/{subject}")),
        atlas=asked(WARPS.first_atlas),
    output:
        directory("results/conformed/adni/{subject}"),
    log:
        "results/logs/conform/adni/{subject}.log",
    benchmark:
        "results/benchmarks/conform/adni/{subject}.tsv"
    group:
        "targets"
    conda:
        "../envs/acenet.yaml"
    threads: PRESET.augmentation.threads
    resources:
        mem_mb=larger(1500),
        runtime=larger(20),
    params:
        subject=asked(STUDY.source("adni").subject),
        root=STUDY.source("adni").root,
        grid=plain(STUDY.grid),
        seed=SETTINGS.seed,
        on_failure=PRESET.augmentation.on_failure,
    message:
        "Conforming target {wildcards.subject}"
    script:
        "../workflow_scripts/conform_target.py"


rule register_scan:
    """Registers one scan with the template (mode `template` alone)."""
    input:
        scan=asked(WARPS.scan_to_register),
        template=lambda wildcards: ancient(asked(WARPS.template)(wildcards)),
    output:
        directory("results/registered/{role}/{scan}"),
    log:
        "results/logs/warp/register/{role}/{scan}.log",
    benchmark:
        "results/benchmarks/register/{role}/{scan}.tsv"
    group:
        "register"
    conda:
        "../envs/acenet.yaml"
    threads: PRESET.augmentation.threads
    resources:
        mem_mb=larger(PRESET.augmentation.memory_mb),
        runtime=larger(PRESET.augmentation.minutes),
    params:
        registration=plain(WARPS.registration),
        on_failure=PRESET.augmentation.on_failure,
        template=asked(WARPS.template_digest),
    message:
        "Registering {wildcards.role} {wildcards.scan} with the template"
    script:
        "../workflow_scripts/register_scan.py"


rule warp:
    """Warps one training scan with its labels onto a target."""
    input:
        atlas=asked(WARPS.atlas_files),
        target="results/conformed/adni/{target}",
        through=asked(WARPS.through),
    output:
        directory("results/warped/malc/{atlas}_{target}"),
    log:
        "results/logs/warp/{atlas}_{target}.log",
    benchmark:
        "results/benchmarks/warp/{atlas}_{target}.tsv"
    group:
        "warp"
    conda:
        "../envs/acenet.yaml"
    threads: PRESET.augmentation.threads
    resources:
        mem_mb=larger(PRESET.augmentation.memory_mb),
        runtime=larger(PRESET.augmentation.minutes),
    params:
        registration=plain(WARPS.registration),
        protocols=STUDY.protocols("malc"),
        on_failure=PRESET.augmentation.on_failure,
    message:
        "Warping {wildcards.atlas} onto {wildcards.target}"
    script:
        "../workflow_scripts/warp.py"


rule judge_warps:
    """Judges the warps onto one target by what the configuration asks of them."""
    input:
        warps=asked(WARPS.onto),
        target="results/conformed/adni/{target}",
    output:
        "results/warped/malc/checks/{target}.csv",
    log:
        "results/logs/warp/checks/{target}.log",
    group:
        "judge"
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(4000),
        runtime=larger(30),
    params:
        accept=plain(WARPS.accept),
        protocols=STUDY.protocols("malc"),
    message:
        "Checking the warps onto {wildcards.target}"
    script:
        "../workflow_scripts/judge_warps.py"


rule list_warps:
    """The list of all warps with their verdicts."""
    input:
        asked(WARPS.checks),
    output:
        report(
            "results/warped/malc/manifest.csv",
            caption="report/warps.rst",
            category="Data",
            labels={"item": "augmentation", "form": "CSV"},
        ),
    log:
        "results/logs/warp/manifest.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(1000),
        runtime=larger(5),
    message:
        "Listing the warps"
    script:
        "../workflow_scripts/list_warps.py"


rule draw_warps:
    """A sheet of all warps, with what was left out and why."""
    input:
        manifest="results/warped/malc/manifest.csv",
        warps=asked(WARPS.all),
        targets=asked(WARPS.conformed_targets),
    output:
        report(
            "results/figures/warps.png",
            caption="report/warps.rst",
            category="Data",
            labels={"item": "augmentation", "form": "PNG"},
        ),
        "results/figures/warps.pdf",
    log:
        "results/logs/figures/warps.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(20),
    params:
        protocol=STUDY.protocols("malc")[0],
        targets="results/conformed/adni",
        caption="Augmentation: targets (left) and the training scans warped onto them, with the Dice index of each with what the others onto the same target agree on.",
    message:
        "Drawing the warps"
    script:
        "../workflow_scripts/draw_warps.py"

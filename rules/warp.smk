"""Augmentation: MALC's training scans, with their labels, warped onto scans of other people; each warp checked."""


rule record_targets:
    output:
        "results/warped/malc/targets.csv",
    log:
        "results/logs/warp/targets.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    params:
        images=lambda wildcards: {s: subject_files("adni", s)["image"] for s in subjects_of("adni")},
        drawn=lambda wildcards: drawn_targets(),
        seed=config["seed"],
    message:
        "Recording the targets of augmentation"
    script:
        "../workflow_scripts/record_targets.py"


rule conform_adni:
    input:
        unpack(
            lambda wildcards: raw_files("adni", wildcards.subject, made=f"results/conformed/adni/{wildcards.subject}")
        ),
        atlas=lambda wildcards: conformed_files("malc", atlases()[:1]),
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
    threads: preset("augmentation")["threads"]
    resources:
        mem_mb=larger(1500),
        runtime=larger(20),
    params:
        subject=lambda wildcards: subjects_of("adni")[wildcards.subject],
        root=raw_root("adni"),
        grid=preset("grid"),
        seed=config["seed"],
        on_failure=preset("augmentation")["on_failure"],
    message:
        "Conforming target {wildcards.subject}"
    script:
        "../workflow_scripts/conform_target.py"


rule register_scan:
    input:
        scan=scan_to_register,
        template=lambda wildcards: template_file(),
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
    threads: preset("augmentation")["threads"]
    resources:
        mem_mb=larger(preset("augmentation")["memory_mb"]),
        runtime=larger(preset("augmentation")["minutes"]),
    params:
        registration=registration(),
        on_failure=preset("augmentation")["on_failure"],
        template=template_digest,
    message:
        "Registering {wildcards.role} {wildcards.scan} with the template"
    script:
        "../workflow_scripts/register_scan.py"


rule warp:
    input:
        atlas=lambda wildcards: conformed_files("malc", [wildcards.atlas]),
        target="results/conformed/adni/{target}",
        through=registered_with_template,
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
    threads: preset("augmentation")["threads"]
    resources:
        mem_mb=larger(preset("augmentation")["memory_mb"]),
        runtime=larger(preset("augmentation")["minutes"]),
    params:
        registration=registration(),
        protocols=protocols_of("malc"),
        on_failure=preset("augmentation")["on_failure"],
    message:
        "Warping {wildcards.atlas} onto {wildcards.target}"
    script:
        "../workflow_scripts/warp.py"


rule judge_warps:
    input:
        warps=lambda wildcards: warps(wildcards.target),
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
        accept=preset("augmentation")["accept"],
        protocols=protocols_of("malc"),
    message:
        "Checking the warps onto {wildcards.target}"
    script:
        "../workflow_scripts/judge_warps.py"


rule list_warps:
    input:
        lambda wildcards: expand("results/warped/malc/checks/{target}.csv", target=drawn_targets()),
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
    input:
        manifest="results/warped/malc/manifest.csv",
        warps=lambda wildcards: warps(),
        targets=lambda wildcards: expand("results/conformed/adni/{target}", target=drawn_targets()),
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
        protocol=protocols_of("malc")[0],
        targets="results/conformed/adni",
        caption="Augmentation: targets (left) and the training scans warped onto them, with the Dice index of each with what the others onto the same target agree on.",
    message:
        "Drawing the warps"
    script:
        "../workflow_scripts/draw_warps.py"

"""Pictures of the data that the tables were made from."""


rule draw_subjects:
    input:
        lambda wildcards: conformed_files(wildcards.source, list(subjects_of(wildcards.source))[:4]),
    output:
        "results/figures/subjects_{source}.png",
    log:
        "results/logs/figures/subjects_{source}.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        dataset=lambda wildcards: protocols_of(wildcards.source)[-1],
        caption=lambda wildcards: f"{wildcards.source}: {'embedded cohort' if is_embedded(wildcards.source) else 'licensed data'}",
    message:
        "Drawing subjects of {wildcards.source}"
    script:
        "../workflow_scripts/draw_subjects.py"

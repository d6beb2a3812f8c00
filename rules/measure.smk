"""Long tables: every metric of every structure of every held-out subject; and the networks' parameter counts."""


rule measure:
    """Measures a training's segmentations of the held-out scans: its long table."""
    input:
        predicted="results/predicted/{dataset}/{model}",
        volumes=held_out_volumes,
        split=split_file,
        protocol=lambda wildcards: protocol_tables(wildcards.dataset),
    output:
        "results/measured/{dataset}/{model}.csv",
    log:
        "results/logs/measure/{dataset}/{model}.log",
    benchmark:
        "results/benchmarks/measure/{dataset}/{model}.tsv"
    group:
        "evaluate"
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(preset("measurement")["memory_mb"]),
        runtime=larger(preset("measurement")["minutes"]),
    params:
        skull=lambda wildcards: training_of(wildcards).skull,
    message:
        "Measuring {wildcards.dataset}/{wildcards.model}"
    script:
        "../workflow_scripts/measure.py"


rule count_parameters:
    """Counts the parameters of every network (ACEnet's Table 5); no data, seconds."""
    output:
        "results/measured/parameters.csv",
    log:
        "results/logs/count_parameters.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        trainings=[vars(t) for t in load_trainings().values() if t.arch in NETWORKS],
    message:
        "Counting the parameters of the networks at the papers' sizes"
    script:
        "../workflow_scripts/count_parameters.py"

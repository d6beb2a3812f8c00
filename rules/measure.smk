"""Long tables: every metric of every structure of every held-out subject; and the networks' parameter counts."""


rule measure:
    """Measures a training's segmentations of the held-out scans: its long table."""
    input:
        predicted="results/predicted/{dataset}/{model}/seed{seed}",
        volumes=asked(STUDY.held_out_volumes),
        split=asked(STUDY.split_file),
        protocol=asked(STUDY.protocol_tables),
    output:
        "results/measured/{dataset}/{model}/seed{seed}.csv",
    log:
        "results/logs/measure/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "results/benchmarks/measure/{dataset}/{model}/seed{seed}.tsv"
    group:
        "evaluate"
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(PRESET.measurement.memory_mb),
        runtime=larger(PRESET.measurement.minutes),
    params:
        skull=asked(STUDY.has_skull),
    message:
        "Measuring {wildcards.dataset}/{wildcards.model}, seed {wildcards.seed}"
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
        trainings=[plain(training) for training in RESULTS.counted],
    message:
        "Counting the parameters of the networks at the papers' sizes"
    script:
        "../workflow_scripts/count_parameters.py"

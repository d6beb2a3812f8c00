"""Segmentation of the validation and test scans, one job per training and seed."""


rule predict:
    """Segments the held-out scans with a trained network."""
    input:
        model="results/trained/{dataset}/{model}/seed{seed}/model.pt",
        volumes=asked(STUDY.held_out_volumes),
        split=asked(STUDY.split_file),
    output:
        directory("results/predicted/{dataset}/{model}/seed{seed}"),
    log:
        "results/logs/predict/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "results/benchmarks/predict/{dataset}/{model}/seed{seed}.tsv"
    group:
        "evaluate"
    conda:
        "../envs/acenet.yaml"
    threads: PRESET.prediction.threads
    resources:
        gpu=gpus,
        mem_mb=larger_with_cuda(PRESET.prediction.memory_mb),
        runtime=larger(PRESET.prediction.minutes),
    message:
        "Segmenting with {wildcards.dataset}/{wildcards.model}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/predict.py"

"""Segmentation of the validation and test scans, one job per training."""


rule predict:
    """Segments the held-out scans with a trained network."""
    input:
        model="results/trained/{dataset}/{model}/model.pt",
        volumes=asked(STUDY.held_out_volumes),
        split=asked(STUDY.split_file),
    output:
        directory("results/predicted/{dataset}/{model}"),
    log:
        "results/logs/predict/{dataset}/{model}.log",
    benchmark:
        "results/benchmarks/predict/{dataset}/{model}.tsv"
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
        "Segmenting with {wildcards.dataset}/{wildcards.model}"
    script:
        "../workflow_scripts/predict.py"

"""Segmentation of the validation and test scans, one job per training."""


rule predict:
    """Segments the held-out scans with a trained network."""
    input:
        model="results/trained/{dataset}/{model}/model.pt",
        volumes=held_out_volumes,
        split=split_file,
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
    threads: preset("prediction")["threads"]
    resources:
        gpu=gpus,
        mem_mb=larger_with_cuda(preset("prediction")["memory_mb"]),
        runtime=larger(preset("prediction")["minutes"]),
    message:
        "Segmenting with {wildcards.dataset}/{wildcards.model}"
    script:
        "../workflow_scripts/predict.py"

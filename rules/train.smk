"""Trainings, one rule for all of them: what differs is data in acenet/experiments."""


rule train:
    input:
        volumes=training_volumes,
        warped=warped_volumes,
        split=split_file,
        init=first_stage,
        protocol=lambda wildcards: protocol_tables(wildcards.dataset),
    output:
        model="results/trained/{dataset}/{model}/model.pt",
        log="results/trained/{dataset}/{model}/log.csv",
    log:
        "results/logs/train/{dataset}/{model}.log",
    benchmark:
        "results/benchmarks/train/{dataset}/{model}.tsv"
    conda:
        "../envs/acenet.yaml"
    threads: preset("training")["threads"]
    resources:
        gpu=gpus,
        mem_mb=larger(preset("training")["memory_mb"]),
        runtime=larger(preset("training")["minutes"]),
    params:
        training=lambda wildcards: vars(training_of(wildcards)),
        sizes=training_sizes,
        seed=config["seed"],
    message:
        "Training {wildcards.dataset}/{wildcards.model}"
    script:
        "../workflow_scripts/train.py"

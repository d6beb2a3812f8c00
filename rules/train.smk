"""Trainings, one rule for all of them: what differs is data in acenet/experiments. And what describes a model."""


rule train:
    """Trains one network; a training that was interrupted goes on after its last epoch."""
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
        mem_mb=larger_with_cuda(preset("training")["memory_mb"]),
        runtime=larger(preset("training")["minutes"]),
    params:
        training=lambda wildcards: vars(training_of(wildcards)),
        sizes=training_sizes,
        seed=config["seed"],
        deterministic=config["deterministic"],
    message:
        "Training {wildcards.dataset}/{wildcards.model}"
    script:
        "../workflow_scripts/train.py"


rule model_card:
    """The card of one trained network."""
    input:
        model="results/trained/{dataset}/{model}/model.pt",
        measured="results/measured/{dataset}/{model}.csv",
    output:
        markdown="results/trained/{dataset}/{model}/card.md",
        json="results/trained/{dataset}/{model}/card.json",
    log:
        "results/logs/model_card/{dataset}/{model}.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(1500),
        runtime=larger(5),
    params:
        preset=config["preset"],
        grid=preset("grid"),
        data=model_data,
    message:
        "Describing the model {wildcards.dataset}/{wildcards.model}"
    script:
        "../workflow_scripts/model_card.py"

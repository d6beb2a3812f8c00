"""Trainings, one rule for all of them: what differs is data in acenet/papers. And what describes a model."""


rule train:
    """Trains one network; a training that was interrupted goes on after its last epoch."""
    input:
        volumes=asked(STUDY.training_volumes),
        warped=asked(STUDY.warped_volumes),
        split=asked(STUDY.split_file),
        init=asked(STUDY.first_stage),
        protocol=asked(STUDY.protocol_tables),
    output:
        model="results/trained/{dataset}/{model}/model.pt",
        log="results/trained/{dataset}/{model}/log.csv",
    log:
        "results/logs/train/{dataset}/{model}.log",
    benchmark:
        "results/benchmarks/train/{dataset}/{model}.tsv"
    conda:
        "../envs/acenet.yaml"
    threads: PRESET.training.threads
    resources:
        gpu=gpus,
        mem_mb=larger_with_cuda(PRESET.training.memory_mb),
        runtime=larger(PRESET.training.minutes),
    params:
        settings=asked(STUDY.settings),
        deterministic=SETTINGS.deterministic,
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
        preset=SETTINGS.preset,
        grid=plain(STUDY.grid),
        data=asked(CAPTIONS.data_of_model),
    message:
        "Describing the model {wildcards.dataset}/{wildcards.model}"
    script:
        "../workflow_scripts/model_card.py"

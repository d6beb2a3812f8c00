"""Trainings, one rule for all of them and a job for each seed: what differs is data in acenet/papers. And models' cards."""


rule train:
    """Trains one network with one seed; a training that was interrupted goes on after its last epoch."""
    input:
        volumes=asked(STUDY.training_volumes),
        warped=asked(STUDY.warped_volumes),
        split=asked(STUDY.split_file),
        init=asked(STUDY.first_stage),
        protocol=asked(STUDY.protocol_tables),
    output:
        model="results/trained/{dataset}/{model}/seed{seed}/model.pt",
        log="results/trained/{dataset}/{model}/seed{seed}/log.csv",
    log:
        "results/logs/train/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "results/benchmarks/train/{dataset}/{model}/seed{seed}.tsv"
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
        "Training {wildcards.dataset}/{wildcards.model}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/train.py"


rule model_card:
    """The card of one trained network."""
    input:
        model="results/trained/{dataset}/{model}/seed{seed}/model.pt",
        measured="results/measured/{dataset}/{model}/seed{seed}.csv",
    output:
        markdown="results/trained/{dataset}/{model}/seed{seed}/card.md",
        json="results/trained/{dataset}/{model}/seed{seed}/card.json",
    log:
        "results/logs/model_card/{dataset}/{model}/seed{seed}.log",
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
        "Describing the model {wildcards.dataset}/{wildcards.model}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/model_card.py"

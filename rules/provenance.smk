"""What the results were made of: code, packages, data, trainings and settings."""


rule record_provenance:
    """What the results were made of: commit, packages, checksums, seeds, device, time, memory."""
    input:
        tables=expand("results/tables/{table}.csv", table=AVAILABLE),  # after the last of them
        models=expand("results/trained/{training}/model.pt", training=trainings_behind(AVAILABLE)),
        logs=expand("results/trained/{training}/log.csv", training=trainings_behind(AVAILABLE)),
        manifests=conform_records,
        splits=expand("results/splits/{source}.csv", source=sources_of(AVAILABLE)),
    output:
        run="results/provenance/run.csv",
        packages=report(
            "results/provenance/packages.csv",
            caption="report/provenance.rst",
            category="Run",
            labels={"item": "Packages", "form": "CSV"},
        ),
        data=report(
            "results/provenance/data.csv",
            caption="report/provenance.rst",
            category="Run",
            labels={"item": "Data", "form": "CSV"},
        ),
        trainings=report(
            "results/provenance/trainings.csv",
            caption="report/provenance.rst",
            category="Run",
            labels={"item": "Trainings", "form": "CSV"},
        ),
        settings="results/provenance/settings.yaml",
        page=report(
            "results/provenance/provenance.html",
            caption="report/provenance.rst",
            category="Run",
            labels={"item": "All of it", "form": "page"},
        ),
    log:
        "results/logs/provenance.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    params:
        config=used_config(),
        trainings=trainings_behind(AVAILABLE),
        origins={source: data_origin(source) for source in (*sources_of(AVAILABLE), "adni")},
    message:
        "Recording what the results were made of"
    script:
        "../workflow_scripts/record_provenance.py"

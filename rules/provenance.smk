"""What the results were made of: code, packages, data, trainings and settings."""


rule record_provenance:
    """What the results were made of: commit, packages, checksums, seeds, device, time, memory."""
    input:
        tables=RESULTS.table_csvs(),  # after the last of them
        models=RESULTS.recorded_models,
        logs=RESULTS.recorded_logs,
        manifests=asked(RESULTS.conform_records),
        splits=[paths.split(source) for source in RESULTS.sources],
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
        config=CAPTIONS.used_config(),
        trainings=RESULTS.recorded,
        origins=CAPTIONS.raw_data(),
    message:
        "Recording what the results were made of"
    script:
        "../workflow_scripts/record_provenance.py"

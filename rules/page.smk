"""A page to look at: results/index.html, which opens from the disk; and scans in a viewer behind it."""


rule fetch_niivue:
    """Fetches NiiVue, the viewer of scans behind the page (7 MB), and verifies it; without network, pages do without."""
    output:
        script=paths.VIEWER_SCRIPT,
        licence=paths.VIEWER_LICENCE,
    log:
        "results/logs/page/niivue.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    message:
        "Fetching NiiVue, the viewer behind the page (7 MB)"
    script:
        "../workflow_scripts/fetch_niivue.py"


rule view_scan:
    """A test scan of a data set in a viewer: image, reference, and predictions of the networks of Figure 3."""
    input:
        predicted=asked(RESULTS.viewed_predictions),
        reference=asked(RESULTS.viewed_reference),
        image=asked(RESULTS.viewed_image),
        script=paths.VIEWER_SCRIPT,
    output:
        directory("results/page/viewer/{dataset}"),
    log:
        "results/logs/page/{dataset}.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(3000),
        runtime=larger(10),
    params:
        names=asked(RESULTS.viewed_names),
        provenance=asked(CAPTIONS.of_viewer),
    message:
        "Putting a test scan of {wildcards.dataset} into a viewer"
    script:
        "../workflow_scripts/view_scan.py"


rule page:
    """The page of a run: tables, claims, figures, learning curves, trainings, and what all of it was made of."""
    input:
        tables=[paths.table(table, form) for table in RESULTS.tables for form in ("csv", "html")],
        together=[paths.table("summary", "csv"), paths.table("claims", "csv"), paths.PROVENANCE_PAGE],
        controls=STUDY.controls.files() if STUDY.config.controls else [],
        measured=RESULTS.measurements,
        viewers=[paths.viewer(dataset) for dataset in RESULTS.viewed],
    output:
        page="results/index.html",
        trainings=directory("results/page/trainings"),
    log:
        "results/logs/page/page.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        unavailable=RESULTS.missing_tables,
    message:
        "Writing the page to look at: results/index.html"
    script:
        "../workflow_scripts/page.py"

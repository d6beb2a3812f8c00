"""Real data that are not in a folder yet: fetched where they have an address, and unpacked."""

for _source in [source for source in SOURCES if place(source).kind == "download" and archives_of(source)]:

    rule:
        name:
            f"fetch_{_source}"
        output:
            f"results/downloads/{_source}/{{archive}}.verified",
        log:
            f"results/logs/fetch/{_source}/{{archive}}.log",
        wildcard_constraints:
            archive="|".join(map(re.escape, archives_of(_source))),
        localrule: True
        conda:
            "../envs/acenet.yaml"
        params:
            source=_source,
        message:
            "Fetching {wildcards.archive}"
        script:
            "../workflow_scripts/fetch_archive.py"


for _source in [source for source in SOURCES if archives_to_unpack(source)]:

    rule:
        name:
            f"unpack_{_source}"
        input:
            archives_to_unpack(_source),
        output:
            official_files(_source),
        log:
            f"results/logs/unpack/{_source}.log",
        conda:
            "../envs/acenet.yaml"
        resources:
            mem_mb=larger(1000),
            runtime=larger(120),
        params:
            source=_source,
            root=raw_root(_source),
            bytes=archive_sizes(_source),
        message:
            f"Unpacking {_source}"
        script:
            "../workflow_scripts/unpack.py"


for _source in [source for source in SOURCES if must_be_asked_for(source)]:

    rule:
        name:
            f"ask_for_{_source}"
        output:
            official_files(_source),
        log:
            f"results/logs/ask_for_{_source}.log",
        localrule: True
        conda:
            "../envs/acenet.yaml"
        params:
            source=_source,
        message:
            f"Saying how to get {_source}"
        script:
            "../workflow_scripts/ask_for.py"

"""Real data that are not in a folder yet: fetched where they have an address, and unpacked."""

import re

from acenet.datasets.fetch import archives_of

for _source in [source for source in STUDY.labelled if source.is_fetched]:

    rule:
        """Fetches an archive of a data set that has an address, and verifies it."""
        name:
            f"fetch_{_source.name}"
        output:
            paths.verified_archive(_source.name, "{archive}"),
        log:
            f"results/logs/fetch/{_source.name}/{{archive}}.log",
        wildcard_constraints:
            archive="|".join(map(re.escape, archives_of(_source.name))),
        localrule: True
        conda:
            "../envs/acenet.yaml"
        params:
            source=_source.name,
        message:
            "Fetching {wildcards.archive}"
        script:
            "../workflow_scripts/fetch_archive.py"


for _source in [source for source in STUDY.labelled if source.archives]:

    rule:
        """Unpacks the archives of a data set."""
        name:
            f"unpack_{_source.name}"
        input:
            _source.archives,
        output:
            _source.official_files,
        log:
            f"results/logs/unpack/{_source.name}.log",
        conda:
            "../envs/acenet.yaml"
        resources:
            mem_mb=larger(1000),
            runtime=larger(120),
        params:
            source=_source.name,
            root=_source.root,
            bytes=_source.archive_sizes,
        message:
            f"Unpacking {_source.name}"
        script:
            "../workflow_scripts/unpack.py"


for _source in [source for source in STUDY.labelled if source.is_fetched_by_file]:

    rule:
        """Says the licence and the credit of scans that are fetched file by file, and writes them beside the scans."""
        name:
            f"credit_{_source.name}"
        output:
            f"{_source.root}/NOTICE.txt",
        log:
            f"results/logs/credit_{_source.name}.log",
        localrule: True
        conda:
            "../envs/acenet.yaml"
        message:
            f"Saying under which terms {_source.name} is fetched"
        script:
            "../workflow_scripts/write_notice.py"

    rule:
        """Fetches the files of one scan, verifies them and lays them out as its data set's own release does."""
        name:
            f"fetch_{_source.name}"
        input:
            ancient(f"{_source.root}/NOTICE.txt"),
        output:
            **_source.raw_patterns,
        log:
            _source.raw_log,
        localrule: True
        conda:
            "../envs/acenet.yaml"
        params:
            folder=f"results/downloads/{_source.name}",
            images=SETTINGS.malc_images,
        message:
            f"Fetching {_source.name} scan {{wildcards.subject}}"
        script:
            "../workflow_scripts/fetch_scan.py"

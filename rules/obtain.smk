"""Real data that are not in a folder yet: fetched where they have an address, and unpacked."""

import re

from acenet.datasets.obtain import archives_of

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


for _source in [source for source in STUDY.labelled if source.must_be_asked_for]:

    rule:
        """Ends with where to ask for a data set that has no address."""
        name:
            f"ask_for_{_source.name}"
        output:
            _source.official_files,
        log:
            f"results/logs/ask_for_{_source.name}.log",
        localrule: True
        conda:
            "../envs/acenet.yaml"
        params:
            source=_source.name,
        message:
            f"Saying how to get {_source.name}"
        script:
            "../workflow_scripts/ask_for.py"

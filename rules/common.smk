"""Functions shared by the rules: from the configuration to subjects, files and trainings. No rules here."""

import os
import re
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

from snakemake.exceptions import WorkflowError

import acenet
from acenet import cohort
from acenet.cohort import heads
from acenet.datasets import adni, official_subjects
from acenet.datasets.obtain import archives_of
from acenet.datasets.own import own_data, read_own_protocol
from acenet.datasets.places import Place, own_subjects, place_of, real_subjects, split_subjects
from acenet.datasets.replaced import compared
from acenet.digests import sha256_of
from acenet.errors import InputError
from acenet.experiments import (
    available_figures,
    available_tables,
    get_training,
    load_figures,
    load_layouts,
    load_trainings,
    own_trainings,
    trainings_behind,
    trainings_of,
    trainings_shown,
)
from acenet.fingerprint import fingerprint
from acenet.models import NETWORKS
from acenet.protocols import DATASETS as PAPERS_DATASETS
from acenet.protocols import SOURCE_OF as PAPERS_SOURCE_OF
from acenet.protocols.tables import completed_table
from acenet.registration import Registration, choose_atlases, plan_pairs
from acenet.report.provenance import EMBEDDED, LICENSED, PUBLIC
from acenet.training.settings import Sizes


def preset(section):
    """A section of the chosen preset: grid, cohort, training, augmentation, prediction or measurement."""
    return ordered(config["presets"][config["preset"]][section])


def ordered(setting):
    """A setting with the keys of its mappings sorted: params are compared as text, and order means nothing."""
    if isinstance(setting, dict):
        return {key: ordered(setting[key]) for key in sorted(setting)}
    return setting


def own_data_sets():
    """Data sets of one's own by name, and all their trainings by id."""
    found, trainings = {}, {}
    try:
        for entry in config["own"]:
            data = own_data(entry, {**PAPERS_SOURCE_OF, **dict.fromkeys(config["data"]), **found})
            n_classes = read_own_protocol(data).n_classes
            found[data.name] = data
            trainings |= own_trainings(data.name, data.like, data.models, n_classes=n_classes)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    return found, trainings


OWN, OWN_TRAININGS = own_data_sets()
DATASETS = (*PAPERS_DATASETS, *OWN)
SOURCE_OF = {**PAPERS_SOURCE_OF, **{name: name for name in OWN}}  # of one's own, data set and source are one
SOURCES = tuple(source for source in (*config["data"], *OWN) if source in SOURCE_OF.values())  # those with labels
LAYOUTS, FIGURES = load_layouts(), load_figures()
AUGMENTED = preset("augmentation")["targets"] not in (0, [])
AVAILABLE, UNAVAILABLE = available_tables(set(NETWORKS), augmentation=AUGMENTED)
AVAILABLE_FIGURES, UNAVAILABLE_FIGURES = available_figures(set(NETWORKS), augmentation=AUGMENTED)
SUMMARIES = [
    *(f"results/tables/{name}" for name in ("summary.csv", "claims.csv", "claims.md", "tables.tex")),
    "results/provenance/provenance.html",
]


FETCHING = ("fetch_anatomy.py", "fetch_heads.py", "fetch_archive.py", "ask_for.py")


def computed_with(script, wildcards):
    """Digest of the code and versions of the packages behind a rule's script; of all networks, only the job's."""
    path = Path(workflow.basedir, "workflow_scripts", script)
    if "model" not in wildcards.keys():
        return fingerprint(path)
    return fingerprint(path, frozenset([NETWORKS[training_of(wildcards).arch]]))


def code_behind(script, wildcards):
    return computed_with(script, wildcards).code


def packages_behind(script, wildcards):
    return computed_with(script, wildcards).packages


@cache
def place(source):
    """Where a source's raw files are or will be: acenet.datasets.places.Place."""
    if source in OWN:
        return Place(source, "folder", OWN[source].root)
    return place_of(source, config["data"][source])


def is_embedded(source):
    """Whether the embedded cohort stands in for a data set."""
    return place(source).kind == "embedded"


def origin_of(source):
    """What a source's numbers come from, in the words of captions."""
    return {"embedded": EMBEDDED, "heads": PUBLIC}.get(place(source).kind, LICENSED)


def raw_root(source):
    """The folder that holds a source's raw files."""
    return place(source).root


def archives_to_unpack(source):
    """Archives that a source is unpacked from: the user's own, or those to fetch (by the mark of being verified)."""
    if place(source).kind == "download":
        return [f"results/downloads/{source}/{name}.verified" for name in archives_of(source)]
    return list(place(source).archives)


def archive_sizes(source):
    """The sizes of archives of the user's own, by which others of an older date are told; none of those fetched."""
    return {path: os.path.getsize(path) for path in place(source).archives}


def must_be_asked_for(source):
    """Whether a source that is to be downloaded has no address, so that a person has to get it."""
    return place(source).kind == "download" and source != "adni" and not archives_of(source)


def official_files(source):
    """Every file of a source's papers' subjects, in the layout of its archives."""
    files = [path for s in official_subjects(source) for path in (s.image, s.labels, s.mask) if path]
    return [f"{raw_root(source)}/{path}" for path in files]


@cache
def subjects_of(source):
    """Subjects of a source by id: planned for the embedded cohort, found on disk for real data."""
    try:
        if is_embedded(source):
            found = cohort.plan(source, preset("cohort")["subjects"][source])
        elif source in OWN:
            found = own_subjects(OWN[source])
        elif place(source).kind == "heads":
            found = heads.subjects()
        else:
            own = {name: config[name].get(source) for name in ("masks", "splits")}
            found = real_subjects(place(source), masks=own["masks"], split=own["splits"])
    except InputError as error:
        raise WorkflowError(str(error)) from None
    return {subject.id: subject for subject in found}


@cache
def split_of(source):
    """Part (train, validation, test) of each subject, by id."""
    subjects = list(subjects_of(source).values())
    path = OWN[source].split if source in OWN else config["splits"].get(source)
    try:
        table = split_subjects(subjects, seed=config["seed"], path=path)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    return dict(zip(table["subject"], table["split"]))


def subject_files(source, subject_id):
    """image, labels and brain mask of a subject as paths; a file that a subject lacks is left out."""
    if subject_id not in subjects_of(source):
        raise WorkflowError(f"{source}: no subject {subject_id} in {raw_root(source)}")
    subject = subjects_of(source)[subject_id]
    files = {"image": subject.image, "labels": subject.labels, "mask": subject.mask}
    return {name: os.path.join(raw_root(source), path) for name, path in files.items() if path}


def raw_files(source, subject_id, made=None):
    """A subject's raw files as inputs of the conform step, which goes by their contents, not by their dates.

    A folder's files may be replaced by older ones (`cp -p`, a backup), and get new dates from a copy. `made` is the
    conform step's output; by default its record.
    """
    files = subject_files(source, subject_id)
    if place(source).kind != "folder":
        return files  # made here: dates tell
    folder = f"results/conformed/{source}/{subject_id}"
    state = compared(Path(folder, "conform.json"), Path(raw_root(source)))
    if state == "replaced":
        workflow.dag.forcefiles.add(made or f"{folder}/conform.json")
    return files if state == "unknown" else {name: ancient(path) for name, path in files.items()}


def raw_patterns(source):
    """A source's raw layout as output patterns of the embedded cohort, with {subject} and {place}.

    `place` is the folder that differs between subjects: training or testing, a set, or a group.
    """
    subject = next(iter(subjects_of(source).values()))
    place = subject.group or subject.image.parts[0].removesuffix("-images")
    return {
        name: re.sub(rf"\b{re.escape(place)}", "{place}", path.replace(subject.id, "{subject}"), count=1)
        for name, path in subject_files(source, subject.id).items()
    }


def raw_log(source):
    """A log for each raw scan of the embedded cohort, with the wildcards of `raw_patterns`."""
    place = "{place}/" if any("{place}" in path for path in raw_patterns(source).values()) else ""
    return f"results/logs/embed/{source}/{place}{{subject}}.log"


def protocols_of(source):
    """The data sets (label protocols) that a source's labels are encoded in."""
    return [dataset for dataset in DATASETS if SOURCE_OF[dataset] == source]


def protocol_of(dataset):
    """What `load_protocol` takes: the name of a packaged protocol, or the table of a data set of one's own."""
    return f"results/protocols/{dataset}.tsv" if dataset in OWN else dataset


def protocol_tables(*datasets):
    """The tables of those data sets that are one's own, as inputs."""
    return [protocol_of(dataset) for dataset in datasets if dataset in OWN]


def own_ids(dataset):
    """Ids of the trainings that a data set of one's own is to be measured with."""
    return [f"{dataset}/{model}" for model in OWN[dataset].models]


def conformed_files(source, subject_ids):
    """Everything the conform step writes for some subjects."""
    names = ["image.nii", "brainmask.nii", *(f"{dataset}.nii" for dataset in protocols_of(source))]
    return [f"results/conformed/{source}/{s}/{name}" for s in subject_ids for name in (*names, "conform.json")]


def subjects_in(dataset, *parts):
    """Ids of a data set's subjects that belong to any of the given parts of its split."""
    return [s for s, part in split_of(SOURCE_OF[dataset]).items() if part in parts]


def conformed_of(dataset, *parts):
    """What a training or a measurement reads of the subjects in some parts of the split."""
    names = ("image.nii", "brainmask.nii", f"{dataset}.nii", "conform.json")
    source = SOURCE_OF[dataset]
    return [f"results/conformed/{source}/{s}/{name}" for s in subjects_in(dataset, *parts) for name in names]


@cache
def drawn_targets():
    """The scans of data.adni that training scans are warped onto: a list's, or as many drawn as configured."""
    wanted = preset("augmentation")["targets"]
    ids = wanted if isinstance(wanted, list) else None
    try:
        chosen = adni.choose(list(subjects_of("adni").values()), wanted, ids=ids, seed=config["seed"])
        return [subject.id for subject in chosen]
    except InputError as error:
        raise WorkflowError(str(error)) from None


@cache
def atlases():
    """MALC's training scans that are warped, in the list's order."""
    training = [s for s, part in split_of("malc").items() if part == "train"]
    try:
        return choose_atlases(training, preset("augmentation")["atlases"])
    except InputError as error:
        raise WorkflowError(str(error)) from None


def warps(*targets):
    """Folders of the warps onto some targets, or onto all."""
    pairs = plan_pairs(atlases(), targets or drawn_targets())
    return [f"results/warped/malc/{pair.id}" for pair in pairs]


def warped_volumes(wildcards):
    """The list of warps and their folders, for trainings on augmented data."""
    if not training_of(wildcards).augmented:
        return []
    if not AUGMENTED:
        raise WorkflowError(f"{wildcards.dataset}/{wildcards.model} needs warps; augmentation, targets is 0")
    return ["results/warped/malc/manifest.csv", *warps()]


def registration():
    """The preset's part of what a registration computes; threads and memory do not belong to it."""
    return {name: preset("augmentation")[name] for name in Registration.names()} | {"seed": config["seed"]}


def registered_with_template(wildcards):
    """Registrations that a warp is composed of, target first; none where the pair is registered itself."""
    if preset("augmentation")["mode"] == "direct":
        return []
    return [
        f"results/registered/target/{wildcards.target}",
        f"results/registered/atlas/{wildcards.atlas}",
    ]


def scan_to_register(wildcards):
    """The conformed scan that is registered with the template."""
    if wildcards.role == "target":
        return [f"results/conformed/adni/{wildcards.scan}"]
    return conformed_files("malc", [wildcards.scan])


def template_file():
    """The image that mode `template` registers every scan with."""
    chosen = preset("augmentation")["template"]
    if chosen == "anatomy":
        return "results/raw/anatomy/base-head.nii"
    if not os.path.isfile(chosen):
        raise WorkflowError(f"{os.path.abspath(chosen)}: expected the template of augmentation; found no such file")
    return ancient(chosen)


def template_digest(wildcards):
    """The SHA-256 of a template of one's own: its contents tell whether it is another one, not its date."""
    chosen = preset("augmentation")["template"]
    return None if chosen == "anatomy" or not os.path.isfile(chosen) else sha256_of(Path(chosen))


def split_file(wildcards):
    return f"results/splits/{SOURCE_OF[wildcards.dataset]}.csv"


def training_volumes(wildcards):
    return conformed_of(wildcards.dataset, "train", "validation")


def held_out_volumes(wildcards):
    return conformed_of(wildcards.dataset, "validation", "test")


def training_of(wildcards):
    """The declared training behind the wildcards of a rule."""
    try:
        return get_training(f"{wildcards.dataset}/{wildcards.model}", {**load_trainings(), **OWN_TRAININGS})
    except InputError as error:
        raise WorkflowError(str(error)) from None


def first_stage(wildcards):
    """The model a second stage starts from; nothing for other trainings."""
    start = training_of(wildcards).init_from
    return f"results/trained/{start}/model.pt" if start else []


def training_sizes(wildcards):
    """The preset's part of what a training computes; threads and memory do not belong to it."""
    return {name: preset("training")[name] for name in Sizes.names(training_of(wildcards).arch)}


def measured_files(training_ids):
    return [f"results/measured/{training_id}.csv" for training_id in training_ids]


def table_measurements(wildcards):
    """Long tables of every training that a table's cells name."""
    if wildcards.table in UNAVAILABLE:
        raise WorkflowError(f"{wildcards.table} cannot be built: {UNAVAILABLE[wildcards.table]}")
    return measured_files(trainings_of(wildcards.table))


def table_parameters(wildcards):
    """Parameter counts, for tables that print them."""
    return "results/measured/parameters.csv" if "params" in LAYOUTS[wildcards.table].metrics else []


def table_splits(wildcards):
    """Splits, for tables that print numbers of subjects."""
    if "n_train" not in LAYOUTS[wildcards.table].metrics:
        return []
    sources = {SOURCE_OF[training_id.split("/")[0]] for training_id in trainings_of(wildcards.table)}
    return expand("results/splits/{source}.csv", source=sorted(sources))


def table_warps(wildcards):
    """The list of warps, for tables with trainings on augmented data: their notes count it."""
    augmented = any(get_training(training_id).augmented for training_id in trainings_of(wildcards.table))
    return "results/warped/malc/manifest.csv" if augmented else []


def table_provenance(wildcards):
    return provenance_of(trainings_of(wildcards.table))


def provenance_of(training_ids):
    """What made a table or a figure, for its caption: the fields of acenet.report.Provenance."""
    trainings = [get_training(training_id) for training_id in training_ids]
    sources = sorted({SOURCE_OF[t.dataset] for t in trainings} | {"adni" for t in trainings if t.augmented})
    kinds = {origin: [s for s in sources if origin_of(s) == origin] for origin in (EMBEDDED, PUBLIC, LICENSED)}
    used = {origin: names for origin, names in kinds.items() if names}
    mixed = "; ".join(f"{origin} for {', '.join(names)}" for origin, names in used.items())
    grid, sizes = preset("grid"), preset("training")
    ours = (
        f"{' x '.join(map(str, grid['shape']))} voxels of {grid['voxel_mm']} mm, "
        f"{sizes['filters']} filters, {sizes['epochs']} epochs in place of 100"
    )
    return {
        "preset": config["preset"] if used else "paper",
        "data": next(iter(used), "no data") if len(used) < 2 else mixed,
        "grid": ours if used else "networks at the papers' sizes (64 filters of 5 x 5)",
        "version": acenet.__version__,
        "torch_version": version("torch"),
        "seed": config["seed"],
    }


def model_data(wildcards):
    """Where the data of a model's training came from, for its card."""
    if wildcards.dataset in OWN:
        return f"data of one's own ({wildcards.dataset})"
    return provenance_of([training_of(wildcards).id])["data"]


def origin():
    """What the numbers of each data set were made from: the fields of acenet.report.Origin."""
    kinds = {dataset: EMBEDDED if is_embedded(SOURCE_OF[dataset]) else LICENSED for dataset in PAPERS_DATASETS}
    return {"preset": config["preset"], "data": kinds}


def table_files(tables):
    return expand("results/tables/{table}.{format}", table=tables, format=["csv", "md", "tex", "html"])


def all_trainings():
    """Every training behind the tables that can be built, with what those start from."""
    return sorted({training_id for table in AVAILABLE for training_id in trainings_of(table)})


def names_of_kind(*kinds):
    """The figures of some kinds, as the constraint of a rule's {figure}."""
    return "|".join(name for name, plan in FIGURES.items() if plan.kind in kinds)


def figure_trainings(wildcards):
    """Ids of the trainings that a figure shows; of kind curves, those that a table needs."""
    if wildcards.figure in UNAVAILABLE_FIGURES:
        raise WorkflowError(f"{wildcards.figure} cannot be built: {UNAVAILABLE_FIGURES[wildcards.figure]}")
    plan = FIGURES[wildcards.figure]
    behind = trainings_behind(AVAILABLE)
    return [one for one in trainings_shown(plan) if plan.kind != "curves" or one in behind]


def figure_measurements(wildcards):
    """Long tables of every training that a figure shows."""
    return measured_files(figure_trainings(wildcards))


def figure_logs(wildcards):
    """The logs of every training that a figure shows, epoch by epoch."""
    return [f"results/trained/{training_id}/log.csv" for training_id in figure_trainings(wildcards)]


def figure_table(wildcards):
    """The table whose values a figure shows."""
    figure_trainings(wildcards)
    return f"results/tables/{FIGURES[wildcards.figure].table}.csv"


def figure_provenance(wildcards):
    return provenance_of(figure_trainings(wildcards))


def figure_files(figures):
    return expand("results/figures/{figure}.{format}", figure=figures, format=["png", "pdf"])


def sources_of(tables):
    """The sources that some tables' trainings are on, those with labels."""
    return sorted({SOURCE_OF[get_training(training_id).dataset] for training_id in trainings_behind(tables)})


def conform_records(wildcards):
    """What the conform step recorded of every scan behind the tables; of an ADNI scan, its folder."""
    subjects = {source: sorted(split_of(source)) for source in sources_of(AVAILABLE)}
    records = [f"results/conformed/{source}/{s}/conform.json" for source, ids in subjects.items() for s in ids]
    augmented = any(get_training(training_id).augmented for training_id in trainings_behind(AVAILABLE))
    return records + (expand("results/conformed/adni/{target}", target=drawn_targets()) if augmented else [])


def data_origin(source):
    """Where a source's raw files are from, for the record."""
    return EMBEDDED if is_embedded(source) else f"{LICENSED}, {config['data'][source]}"


def used_config():
    """The configuration without the presets that were not chosen."""
    return {**config, "presets": {config["preset"]: config["presets"][config["preset"]]}}


def table_labels(wildcards, form):
    """How the report lists a table; it sorts as text, and puts the form that sorts first in front."""
    layout = LAYOUTS[wildcards.table]
    return {"item": f"Table {int(layout.number):02d}", "shows": layout.title, "form": form}


def shown_scan(dataset):
    """The folder of the scan that figures show: the first test subject's."""
    tests = sorted(subjects_in(dataset, "test"))
    if not tests:
        raise WorkflowError(f"{dataset}: figures show a test scan, but its split has none")
    return f"results/conformed/{SOURCE_OF[dataset]}/{tests[0]}"


def figure_references(wildcards):
    """The class map of the shown scan, for each panel of a figure."""
    return [f"{shown_scan(panel.dataset)}/{panel.dataset}.nii" for panel in FIGURES[wildcards.figure].panels]


def figure_images(wildcards):
    """The shown scans themselves, and their brain masks."""
    scans = dict.fromkeys(shown_scan(panel.dataset) for panel in FIGURES[wildcards.figure].panels)
    return expand("{scan}/{name}.nii", scan=scans, name=["image", "brainmask"])


def figure_category(wildcards):
    """Where the report lists a figure: with its paper, or that of the table it shows."""
    plan = FIGURES[wildcards.figure]
    return plan.paper or (LAYOUTS[plan.table].paper if plan.table else "Beyond the papers")


def figure_labels(wildcards):
    """How the report lists a figure; it sorts as text."""
    plan = FIGURES[wildcards.figure]
    item = f"Figure {int(plan.number):02d}" if plan.paper else plan.figure
    return {"item": item, "shows": plan.title, "form": "PNG"}

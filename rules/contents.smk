"""Inputs that count by their contents, not by their dates, and what is made again for it. No rules here."""


def asked_unless_kept(method, made, kept):
    """As `asked(method)`, for a rule that has its output `made` again where the plan denies that it is `kept`."""

    def answer(wildcards):
        if not asked(kept)(wildcards):
            make_again(workflow, asked(made)(wildcards))
        return asked(method)(wildcards)

    return answer


def raw_files(source, made):
    """A subject's raw files as inputs of what conforms it to `made`: their contents count, and not their dates.

    Files of a folder may be replaced by older ones (`cp -p`, a backup), and get new dates from a copy.
    """

    def answer(wildcards):
        files, state = asked(source.files)(wildcards), source.state_of_raw(wildcards.subject)
        if state == "replaced":
            make_again(workflow, made.format(subject=wildcards.subject))
        dates_tell = source.place.kind != "folder" or state == "unknown"
        return files if dates_tell else {role: ancient(path) for role, path in files.items()}

    return answer


def own_protocol(wildcards):
    """The table that a person wrote. Its contents tell, which are among the params, and not its date."""
    return ancient(asked_unless_kept(STUDY.own_protocol, made=paths.protocol, kept=STUDY.keeps_protocol)(wildcards))

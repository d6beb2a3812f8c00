"""What can be made, and what each thing needs: the workflow's plan, as objects that know nothing of Snakemake.

`study.Study` is built once from the configuration; the rules ask it for files, settings and captions. Nothing here
reads an image or imports torch: Snakemake builds the plan each time it parses the workflow.
"""

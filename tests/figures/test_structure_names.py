import pytest

from acenet.figures.structure_names import region_name, short_name
from acenet.protocols import DATASETS, load_protocol


@pytest.mark.parametrize(
    ("dataset", "name", "short"),
    [
        ("malc27", "Left WM", "L WM"),
        ("malc27", "3rd Ventricle", "3rd Ventricle"),
        ("malc27", "Right Ventral DC", "R Ventral DC"),
        ("malc133", "Left Cerebral White Matter", "L Cerebral WM"),
        ("malc133", "Right Inf Lat Vent", "R Inf. Lat. Vent."),
        ("malc133", "Left Thalamus Proper", "L Thalamus"),
        ("malc133", "Cerebellar Vermal Lobules VI-VII", "Vermis VI-VII"),
        ("malc133", "Right MPrG precentral gyrus medial segment", "R MPrG"),
        ("malc133", "Left Cun cuneus", "L Cun"),
        ("schizbull32", "Right-Accumbens-area", "R Accumbens"),
        ("schizbull32", "Left-VentralDC", "L Ventral DC"),
        ("schizbull32", "3rd-Ventricle", "3rd Ventricle"),
        ("mindboggle62", "ctx-lh-caudalanteriorcingulate", "L caudal ant. cingulate"),
        ("mindboggle62", "ctx-rh-parahippocampal", "R parahippocampal"),
        ("mindboggle62", "ctx-rh-superiorfrontal", "R sup. frontal"),
    ],
)
def test_short_names(dataset: str, name: str, short: str) -> None:
    (structure,) = (s for s in load_protocol(dataset).structures if s.name == name)
    assert short_name(structure) == short


@pytest.mark.parametrize("dataset", DATASETS)
def test_short_names_tell_all_structures_apart_and_fit_under_a_box(dataset: str) -> None:
    structures = load_protocol(dataset).structures
    names = [short_name(structure) for structure in structures]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 24 and all(name == " ".join(name.split()) for name in names)


@pytest.mark.parametrize("dataset", DATASETS)
def test_both_sides_of_a_region_share_its_name(dataset: str) -> None:
    sides: dict[str, list[str]] = {}
    for structure in load_protocol(dataset).structures:
        sides.setdefault(region_name(structure), []).append(structure.hemisphere)
    assert all(sorted(found) in (["L", "R"], ["M"]) for found in sides.values())

"""The folders of weights that belong to an instance, and where they lie after a restore."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from moddog_site.backups.archive import Folder, Progress, copy
from review.models import ModelVersion
from review.registry.model_versions import SHIPPED


def folders_of(home_models: Path) -> Iterator[tuple[Path, Folder]]:
    """Each folder in `home_models`, and each that the registry names, with its entry.

    Models of a hub are not among them, nor folders that are gone.
    """
    named: dict[Path, list[str]] = {path: [] for path in _inside(home_models)}
    for name in _names():
        path = Path(name).expanduser()
        if path.is_dir():
            named.setdefault(path.resolve(), []).append(name)
    for number, (path, names) in enumerate(sorted(named.items())):
        yield path, Folder(f"models/{number}", path.name, sorted(set(names)))


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each file of a folder, links followed, with its name relative to the folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def put_back(archive: zipfile.ZipFile, folder: Folder, home_models: Path, progress: Progress) -> Path:
    """Write a folder of the archive into `home_models`, under a free name; returns where it lies."""
    target = _free(home_models / folder.name)
    draft = target.with_name(f"{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    inside = PurePosixPath(folder.path)
    for entry in archive.infolist():
        name = PurePosixPath(entry.filename)
        if name.is_relative_to(inside) and not entry.is_dir():
            path = draft / name.relative_to(inside)
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, path.open("wb") as file:
                copy(source, file, progress)
    draft.rename(target)
    return target


def point_to(folder: Folder, place: Path) -> None:
    """Have the registry name the restored folder where it named the one that was backed up."""
    ModelVersion.objects.filter(location__in=folder.named).update(location=str(place))
    ModelVersion.objects.filter(adapter__in=folder.named).update(adapter=str(place))


def _names() -> set[str]:
    """Every location and adapter of the registry, but for the model that comes with moddog."""
    rows = ModelVersion.objects.values_list("location", "adapter")
    return {name for row in rows for name in row if name and name != SHIPPED}


def _inside(home_models: Path) -> list[Path]:
    return [path.resolve() for path in home_models.iterdir() if path.is_dir()] if home_models.is_dir() else []


def _free(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found

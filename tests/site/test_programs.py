"""Which processes make up a running moddog."""

from pathlib import Path

from moddog_site.embedded.home import Home
from moddog_site.embedded.programs import configuration, gpu_count, inference_programs


def test_one_worker_judges_where_there_is_no_gpu_or_one(tmp_path: Path) -> None:
    assert gpu_count(tmp_path / "nowhere") == 0
    assert [program.name for program in inference_programs(0)] == ["inference"]
    assert [program.name for program in inference_programs(1)] == ["inference"]


def test_each_gpu_has_a_worker_that_sees_no_other(tmp_path: Path) -> None:
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / name).mkdir()
    programs = inference_programs(gpu_count(tmp_path))
    assert [program.name for program in programs] == ["inference-0", "inference-1"]
    text = configuration(Home(tmp_path / "home"), programs)
    assert text.count("environment=CUDA_VISIBLE_DEVICES=") == 2
    assert 'environment=CUDA_VISIBLE_DEVICES="1"' in text.partition("[program:inference-1]")[2]
    assert "inference@moddog-0" in text
    assert "inference@moddog-1" in text

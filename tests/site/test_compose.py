"""What docker-compose.yml promises, as far as it can be read without Docker."""

from typing import Any

import pytest
import yaml

from moddog_site.variables import NAMES, PROJECT

PROCESSES = ("web", "default", "deliveries", "beat", "inference", "inference-gpu-0", "inference-gpu-1")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    return found


@pytest.mark.parametrize("name", [*PROCESSES, "postgres", "redis"])
def test_every_lasting_service_has_a_health_check_and_comes_back(services: dict[str, Any], name: str) -> None:
    assert services[name]["healthcheck"]["test"]
    assert services[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_waits_for_the_migrated_database(services: dict[str, Any], name: str) -> None:
    assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services[name]["depends_on"]["redis"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", [*PROCESSES, "migrate"])
def test_every_process_gets_only_variables_that_moddog_knows(services: dict[str, Any], name: str) -> None:
    assert set(services[name]["environment"]) <= NAMES | {"DATABASE_URL", "REDIS_URL", "EMAIL_URL"}


def test_a_missing_secret_is_an_error_and_none_is_written_down(services: dict[str, Any]) -> None:
    environment = services["web"]["environment"]
    assert environment["MODDOG_SECRET_KEY"].startswith("${MODDOG_SECRET_KEY:?")
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_each_gpu_service_takes_one_gpu_by_its_id_and_only_when_asked_for(services: dict[str, Any]) -> None:
    taken = []
    for name in ("inference-gpu-0", "inference-gpu-1"):
        assert services[name]["profiles"] == ["gpu"]
        [device] = services[name]["deploy"]["resources"]["reservations"]["devices"]
        assert "count" not in device
        taken += device["device_ids"]
    assert taken == ["0", "1"]


def test_only_the_web_service_is_reachable_from_outside(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["web"]


def test_workers_name_themselves_by_kind_which_is_what_heartbeats_say(services: dict[str, Any]) -> None:
    assert "-Q inference -n inference@" in services["inference"]["command"]
    assert "-Q default -n default@" in services["default"]["command"]


def test_the_image_does_not_run_as_root() -> None:
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    assert "USER moddog" in lines
    assert lines.index("USER moddog") < min(number for number, line in enumerate(lines) if line.startswith("CMD"))

"""Services whose parts are known."""

import pytest
from known_service import serve, study_of


@pytest.fixture
def service():
    return serve


@pytest.fixture
def make_study():
    return study_of

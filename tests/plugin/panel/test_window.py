def test_first(scored):
    assert scored.document.version["version_id"] == "v1"

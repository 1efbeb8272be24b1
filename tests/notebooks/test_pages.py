"""Report pages: they open without a network, show what there is, and say in a sentence when there is nothing."""

import re
import sys
from pathlib import Path

import pytest

from data.warehouse.connection import Warehouse
from flows.pages.report_pages import ReportError, headings, publish, render
from flows.pages.self_contained import external_addresses
from support.worlds.small_world import AS_OF, image, member, on

PAGES = tuple(headings())


@pytest.mark.parametrize("name", [*PAGES, "index.html"])
class TestEveryPage:
    """What holds of all of them, whatever they show."""

    @pytest.mark.parametrize("world", ["pages", "blank_pages"])
    def test_opens_without_a_network(self, name: str, world: str, request: pytest.FixtureRequest) -> None:
        """Nothing is fetched: it says so of itself, the parser finds nothing, and browsers are told to refuse."""
        html = (request.getfixturevalue(world) / name).read_text(encoding="utf-8")
        assert external_addresses(html) == []
        assert "default-src 'none'" in html
        assert "Traceback" not in html

    def test_every_chart_has_its_place(self, name: str, pages: Path) -> None:
        """A place on the page for each call that draws, and the library once where there are any."""
        html = (pages / name).read_text(encoding="utf-8")
        places = re.findall(r'<div class="chart" id="([\w-]+)"></div>', html)
        assert places == re.findall(r'<script>draw\("([\w-]+)"', html)
        assert html.count("window.vegaEmbed=") == bool(places)
        assert bool(places) == (name != "index.html")

    def test_names_are_text(self, name: str, pages: Path) -> None:
        """A tenant of the small world is called like a tag; nowhere on the page it becomes one."""
        assert "<img src=x" not in (pages / name).read_text(encoding="utf-8")


class TestWhatIsSaid:
    """Headlines and sentences."""

    def text(self, page: Path) -> str:
        """What a person reads, without styles, scripts and tags."""
        html = re.sub(r"<(script|style|svg)\b.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", html).split())

    def test_key_figures(self, pages: Path) -> None:
        """The numbers of the small world, each with its unit."""
        inventory = self.text(pages / "inventory.html")
        assert "23 images 2 created, 0 deleted this month 142.0 GiB of image files 141.0 GiB stored" in inventory
        assert "10 unused for 90 days by any tenant 125.0 GiB could be freed 89 % of the stored bytes" in inventory
        sharing = self.text(pages / "sharing.html")
        shares = "236 shares (an image with a tenant) 2 created, 0 stopped this month"
        assert f"{shares} 4 shared images of 23: 17 %" in sharing
        assert "2 unanswered shares the oldest for 40 days 231 shares unused for 90 days" in sharing
        what_if = self.text(pages / "policy_what_if.html")
        assert "10 images could be shared with one more tenant +1; today 9" in what_if
        cost = self.text(pages / "marketplace_cost.html")
        assert "126.37 EUR for images 65.37 more (+107 %) than in the same part of October" in cost
        assert "159.50 EUR expected for the whole month 113.20 in October" in cost
        assert "87.37 EUR billed for images in November" in cost
        assert "76.0 % of the cost of these servers is for images 126.37 of 166.27 EUR" in cost
        assert "10.46 EUR saved against list prices 8 % of 136.83" in cost
        assert "34.80 EUR paid but unused 28 % of the cost" in cost

    def test_cost_in_short(self, pages: Path) -> None:
        """A few lines say how much, what changed, what is most expensive, what is unusual, unused, and ends soon."""
        cost = self.text(pages / "marketplace_cost.html")
        assert (
            "4 tenants used 8 offers on 12 servers for 126.37 EUR : 65.37 more (+107 %) than in the same part of"
            " October. The most expensive is mail with 55.00 EUR." in cost
        )
        assert "Unusual days: 14 , the first on 1 November." in cost
        assert "Paid but unused: 34.80 EUR ." in cost
        assert "Contracts and yearly terms that end within 90 days: 1 ." in cost

    def test_inventory_and_sharing_in_short(self, pages: Path) -> None:
        """A few lines say what there is, and what to do about it."""
        assert "8 images can be deleted now; 2 are protected, public, on sale or in use." in self.text(
            pages / "inventory.html"
        )
        sharing = self.text(pages / "sharing.html")
        assert "1 tenant shares 4 images with 132 tenants: 236 shares, of which 232 are accepted" in sharing
        assert "1 image has reached the limit of tenants." in sharing

    def test_policy_otherwise(self, small: Path, tmp_path: Path) -> None:
        """The page can be made for another number: 64 tenants instead of 128 make 103 shares too many."""
        (page, _) = publish(small, tmp_path, ["policy_what_if"], {"as_of": AS_OF, "limit": "share_tenants=64"})
        assert "103 existing shares would exceed the limit of 2 images" in self.text(page)
        assert "1 of 15 numbers and switches would be different under seed, share_tenants=64" in self.text(page)

    def test_one_tenant_and_one_image(self, small: Path, tmp_path: Path) -> None:
        """Sharing tells the exposure of a tenant and who could use an image on a day; inventory its family."""
        asked = {"as_of": "2026-04-15", "tenant": "gamma", "image": "web"}
        (sharing, _) = publish(small, tmp_path, ["sharing"], asked)
        assert "The exposure of gamma :" in self.text(sharing)
        assert "1 images that others share with it" in self.text(sharing)
        assert "web of acme in eu-west-0" in self.text(sharing)
        (inventory, _) = publish(small, tmp_path, ["inventory"], {"as_of": AS_OF, "image": "my-shield-2"})
        assert "The family of debian" in inventory.read_text(encoding="utf-8")

    def test_cost_otherwise(self, small: Path, tmp_path: Path) -> None:
        """The page can be made for another month, a tenant, a region, and with an offer and an amount for what-if."""
        asked = {"as_of": AS_OF, "month": "2026-10", "tenant": "initech", "region": "eu-west-0"}
        (page, _) = publish(small, tmp_path, ["marketplace_cost"], asked | {"offer": "mail", "amount": "0.5"})
        assert "1 tenant used 2 offers on 3 servers for 60.00 EUR" in self.text(page)
        assert "2.00 Months at 0.5 EUR" in page.read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", PAGES)
    def test_date_and_state(self, name: str, pages: Path) -> None:
        """Each page says for when it holds, and when something was last recorded."""
        text = self.text(pages / name)
        assert "2026-11-20 12:00 UTC" in text
        assert "Last recorded action: 2026-11-19 17:30 UTC" in text

    def test_nothing_yet(self, blank_pages: Path) -> None:
        """An empty warehouse is no error, and sections in which nothing is shown are left out."""
        for name in PAGES:
            text = self.text(blank_pages / name)
            assert re.search(
                r"(There are no images( or servers)?|No image was shared|No Marketplace image was used) in any reg",
                text,
            )
            assert "Last recorded action: nothing yet" in text
            assert "<h2>" not in (blank_pages / name).read_text(encoding="utf-8")

    def test_unknown_region(self, small: Path, tmp_path: Path) -> None:
        """The page says so, and where there are images."""
        (page, index) = publish(small, tmp_path, only=["inventory"], parameters={"region": "mars"})
        assert (
            "There are no images in region mars at that time. There are images in eu-west-0, eu-west-1."
            in self.text(page)
        )
        assert re.findall(r'class="card" href="([^"]+)"', index.read_text(encoding="utf-8")) == ["inventory.html"]

    def test_index(self, pages: Path) -> None:
        """Every page is linked, with a line on what it is about."""
        html = (pages / "index.html").read_text(encoding="utf-8")
        assert re.findall(r'class="card" href="([^"]+)"', html) == list(PAGES)
        assert "Who shares images with whom" in html


class TestErrors:
    """What goes wrong is told to people: the notebook, the cell, and why."""

    def notebook(self, folder: Path, *cells: str) -> Path:
        """A notebook of these cells, with a parameter."""
        path = folder / "04_test.py"
        head = "# %% [markdown]\n# # Test\n#\n# About.\n\n# %% tags=['parameters']\nnumber = 1\n"
        path.write_text(head.replace("'", '"') + "".join(f"\n# %%\n{cell}\n" for cell in cells))
        return path

    def test_a_cell_that_fails(self, tmp_path: Path) -> None:
        """The cell is counted as in the notebook; no page is left behind."""
        notebook = self.notebook(tmp_path, "number", "raise ValueError('the number is too small')")
        with pytest.raises(ReportError, match=r"^04_test.py, cell 4: the number is too small$") as caught:
            render(notebook, tmp_path / "page.html", {"number": 2})
        assert (caught.value.notebook, caught.value.cell) == (notebook, 4)
        assert not (tmp_path / "page.html").exists()

    def test_a_page_that_would_need_a_network(self, tmp_path: Path) -> None:
        """It is not written."""
        cell = "from IPython.display import HTML\nHTML('<img src=\"https://example.org/a.png\">')"
        with pytest.raises(ReportError, match=r"need a network for https://example.org/a.png"):
            render(self.notebook(tmp_path, cell), tmp_path / "page.html", {})
        assert not (tmp_path / "page.html").exists()

    def test_unknown_names(self, empty: Path, tmp_path: Path) -> None:
        """The message lists what there is, before anything is run."""
        reports = "inventory, marketplace_cost, policy_what_if, sharing"
        with pytest.raises(ReportError, match=rf"no report sales; there are {reports}"):
            publish(empty, tmp_path, only=["sales"])
        parameters = "amount, as_of, image, limit, month, offer, other_profile, percent, profile, region"
        with pytest.raises(ReportError, match=rf"no report has a parameter colour; there are {parameters}"):
            publish(empty, tmp_path, parameters={"colour": "red"})

    def test_cells_run_in_the_interpreter_of_the_program(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also where PATH does not lead to it."""
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        page = render(self.notebook(tmp_path, "import sys; print(sys.executable)"), tmp_path / "page.html", {})
        assert sys.executable in page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The pages on the inventory and on sharing, of a world with images on a real cloud beside the embedded one."""
    folder = tmp_path_factory.mktemp("unknown")
    with Warehouse(folder / "warehouse.duckdb").writing() as con:
        for number, cloud in enumerate(("local", "openstack", "openstack")):
            image(con, f"i{number}", cloud=cloud, os_distribution="ubuntu", os_version="16.04")
            member(con, f"i{number}", "umbrella", "accepted", "2026-02-01", accepted_at=on("2026-02-02"))
    made = publish(folder / "warehouse.duckdb", folder, ["inventory", "sharing"], {"as_of": AS_OF})
    inventory, sharing, _ = (TestWhatIsSaid().text(page) for page in made)
    return inventory, sharing


class TestUnknownUse:
    """Where nobody is known to use an image and not all use is known, pages say so."""

    def test_key_figures(self, texts: tuple[str, str]) -> None:
        """A number above 0 is what there is at least; one of 0 is unknown."""
        inventory, sharing = texts
        assert "≥ 1 unused for 90 days unknown for 2 images on openstack" in inventory
        assert "≥ 1.0 GiB could be freed 33 % of the stored bytes; unknown on openstack" in inventory
        assert "3 with an OS without support on an unknown number of servers" in inventory
        assert "≥ 1 shares unused for 90 days unknown for 2 shares on openstack" in sharing
        assert "unknown servers on shared images unknown depend on the share alone" in sharing
        assert "unknown servers of others on its images" in sharing

    def test_sections_say_how_many_they_leave_out(self, texts: tuple[str, str]) -> None:
        """And why; in short and beside each list."""
        inventory, sharing = texts
        why = "on openstack : servers and disks that were created there without Imagekeeper are not recorded."
        assert f"Use is only partly known for 2 images {why}" in inventory
        assert f"Use is unknown for 2 images {why} They are left out here." in inventory
        assert sharing.count(f"Use is unknown for 2 shares {why} They are left out here.") == 2
        assert "It is unknown whether servers depend on a share alone." in sharing
        assert "No server depends on a share alone." not in sharing

    def test_what_is_not_known_is_neither_0_nor_empty(self, texts: tuple[str, str]) -> None:
        """In tables to read it says so."""
        inventory, sharing = texts
        assert re.search(r"ubuntu 16\.04 3 unknown 1 ", inventory)
        assert re.search(r"acme 3 unknown 1 1 2", sharing)


def test_a_page_is_made_where_flows_run(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs flows imports nothing from the folder that it stands in; a notebook imports what lies beside it."""
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    pages = publish(empty, tmp_path, only=["sharing"])
    assert [page.name for page in pages] == ["sharing.html", "index.html"]

"""From a file to a curve, in the browser: what a newcomer does first."""

import unittest

from browser import BrowserCase
from samples import ENDLESS, ENERGY, as_csv, rows
from selenium.webdriver.common.by import By


class NewJob(BrowserCase):
    def ready(self):
        """The dry run has been answered: the button may be pressed."""
        return self.wait(lambda: next((b for b in self.all(".startbox button") if b.is_enabled()),
                                      None), "the dry run", 30)

    def use(self, column, what):
        select = self.find(f".columns-table select[aria-label='Use of {column}']")
        self.script("arguments[0].value = arguments[1];"
                    "arguments[0].dispatchEvent(new Event('change'))", select, what)

    def set(self, name, text):
        field = self.find(f".field[data-name={name}]").find_element(By.TAG_NAME, "input")
        field.clear()
        field.send_keys(text)

    def recipe(self, name):
        self.click(".recipe", name)

    def figure(self, name):
        return self.read(".found .figure", name).split("\n")[0]

    def test_a_file_that_is_dropped_becomes_a_model_whose_curve_is_seen(self):
        self.open("#/new")
        self.drop_file("my energy.csv", ENERGY.read_text())
        self.assertIn("768 rows. 8 features to predict heating_load from.",
                      self.read(".plan"))
        self.assertEqual(len(self.all(".columns-table .histogram rect")), 9 * 24)
        self.recipe("my own")
        self.set("epochs", "400")
        self.ready()
        self.assertEqual(self.figure("parameters"), "161")
        self.assertEqual(self.figure("rows held out"), "77")
        command = self.read(".command")
        for word in ("curl", "@my energy.csv", "target=heating_load", "model=my-energy",
                     "epochs=400", "validation_split=0.1"):
            self.assertIn(word, command)
        self.ready().click()
        self.find(".head .badge", "succeeded")
        self.find("h1", "my-energy/1")
        self.find(".plot canvas")
        self.assertIn("validation", self.read(".legend"))
        job = self.daemon.get("/v1/jobs").json["data"][0]
        self.assertEqual(job["model"], {"name": "my-energy", "version": 1})
        self.assertEqual(job["hyperparameters"]["epochs"], 400)

    def test_what_is_chosen_is_what_is_trained_on(self):
        """A column left out, two targets, a semicolon, decimal commas, a text and a gap."""
        x, y = rows(40)
        table = [[*map(str, row), str(value), f"word{i}", ""]
                 for i, (row, value) in enumerate(zip(x, y))]
        table[3][1] = "NA"
        text = as_csv(["a", "b", "c", "d", "e", "f"], table).replace(",", ";").replace(".", ",")
        self.open("#/new")
        self.drop_file("odd.csv", text)
        self.assertIn("only numbers can be trained on", self.read(".columns-table"))
        self.assertIn("1 row with a missing value is left out", self.read(".plan .told"))
        self.use("a", "")
        self.use("c", "target")
        self.recipe("my own")
        self.ready()
        self.assertIn("odd-chosen.csv", self.read(".command"))
        self.ready().click()
        self.find(".head .badge", "succeeded")
        job = self.daemon.get("/v1/jobs").json["data"][0]
        dataset = self.daemon.get(f"/v1/datasets/{job['dataset']}").json
        self.assertEqual([c["name"] for c in dataset["features"]], ["b"])
        self.assertEqual([c["name"] for c in dataset["targets"]], ["c", "d"])
        self.assertEqual(dataset["rows"], 39)
        first = self.daemon.get(f"/v1/datasets/{job['dataset']}/rows?limit=1").json
        self.assertEqual((first["x"], first["y"]), ([[x[0][1]]], [[x[0][2], y[0]]]))

    def test_a_setting_that_is_wrong_is_told_at_its_field(self):
        self.expected_errors = "422"
        self.open("#/new")
        self.choose_file(ENERGY)
        self.recipe("my own")
        self.set("epochs", "0")
        wrong = self.find(".field[data-name=epochs] .wrong", "at least 1")
        self.assertTrue(wrong.is_displayed())
        self.assertFalse(self.find(".startbox button").is_enabled())
        model = self.find("#model")
        model.clear()
        model.send_keys("my model")
        self.find("#model-wrong", "name")
        self.assertEqual(self.read(".found"),
                         "2 settings are not right: they are marked at their fields.")
        self.assertFalse(self.all(".failure"))
        model.clear()
        self.set("epochs", "10")
        self.ready()
        self.gone(".field[data-name=epochs] .wrong")
        self.gone("#model-wrong")

    def test_the_hyperparameters_are_those_of_the_daemon(self):
        self.open("#/new")
        self.choose_file(ENERGY)
        self.find(".fields")
        table = self.daemon.get("/v1/hyperparameters").json
        shown = {e.get_attribute("data-name") for e in self.all(".field[data-name]")}
        self.assertEqual(shown, {row["name"] for row in table["data"]} - {"preset"})
        self.assertEqual({e.get_attribute("value") for e in self.all("[name=preset]")},
                         {*table["presets"], ""})

    def test_a_file_without_names_is_told_what_its_first_line_is_taken_for(self):
        self.open("#/new")
        self.drop_file("bare.csv", "1,2\n2,4\n3,7\n")
        self.assertIn("3 rows, the first line among them", self.read(".plan .told"))

    def test_a_file_that_is_no_table_is_told_so(self):
        self.open("#/new")
        self.drop_file("note.txt", "dear diary")
        self.assertIn("no rows of numbers", self.read(".nothing"))
        self.drop_file("ragged.csv", "a,b\n1,2\n3\n")
        self.find(".nothing", "Row 2 has 1 cells")


class Curves(BrowserCase):
    options = ("--workers=2",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(200, 4)
        cls.dataset = cls.daemon.add_dataset(x, y)["id"]
        fit = {"epochs": 120, "tolerance": 0, "validation_split": 0.2}
        cls.first, cls.second = (cls.daemon.train(cls.dataset, {**fit, "seed": seed},
                                                  model=f"curve-{seed}")["id"] for seed in (1, 2))

    def points(self):
        """How many epochs the table behind the chart has."""
        if not self.all(".numbers[open]"):
            self.click(".numbers summary")
        return len(self.all(".numbers tbody tr"))

    def test_the_curve_of_a_job_that_runs_grows(self):
        job = self.daemon.start_job(self.dataset, {**ENDLESS, "hidden": [64]}, model="endless")
        self.open(f"#/jobs/{job['id']}")
        self.find(".plot canvas")

        def shown():
            return int(self.read(".told").split(" ")[1].replace(",", ""))
        before = self.wait(shown, "an epoch")
        points = self.wait(self.points, "points")
        self.wait(lambda: shown() > before + 20, "more epochs")
        self.wait(lambda: self.points() > points or self.points() >= 200, "more of the curve")
        self.click(".title button", "Cancel")
        self.click("dialog button", "Keep the model")
        self.find(".head .badge", "cancelled")
        self.find("a", "Use the model")

    def test_a_long_history_is_as_fine_at_its_beginning_as_at_its_end(self):
        """What a page holds of a job that it has followed for 300,000 epochs."""
        self.open()
        epochs, train, stride = self.browser.execute_async_script("""
            const done = arguments[0];
            import('/ui/losses.js').then(({ History }) => {
              const history = new History();
              for (let epoch = 0; epoch < 300000; epoch += 1) {
                const peak = epoch === 4321 ? 5 : 0;
                history.add({ run: 1, epoch, validation_loss: null, train_loss: peak
                  + 1 / (1 + epoch / 1000) + 0.001 * (epoch % 2) });
              }
              done([history.epoch, history.train, history.stride]);
            });""")
        self.assertEqual((epochs[0], epochs[-1]), (0, 299999))
        self.assertLessEqual(len(epochs), 6000)
        self.assertEqual(epochs, sorted(set(epochs)))
        gaps = [b - a for a, b in zip(epochs, epochs[1:])]
        self.assertLess(max(gaps), 2 * stride)
        self.assertLessEqual(stride, 256)
        self.assertIn(4321, epochs)
        for epoch, loss in zip(epochs, train):
            peak = 5 if epoch == 4321 else 0
            self.assertAlmostEqual(loss, peak + 1 / (1 + epoch / 1000) + 0.001 * (epoch % 2))

    def test_two_jobs_in_one_chart(self):
        self.open(f"#/jobs/{self.first}")
        self.find(".legend", "training")
        self.assertEqual(self.read(".legend").split("\n"), ["training", "validation"])
        self.wait(lambda: len(self.all("#compare option")) > 1, "jobs to compare with")
        self.script("const s = document.getElementById('compare'); s.value = arguments[0];"
                    "s.dispatchEvent(new Event('change'))", self.second)
        self.find(".chips", "curve-2/1")
        self.assertEqual(self.read(".legend", "curve-2").split("\n"),
                         [f"curve-{i}/1, {part}" for i in (1, 2)
                          for part in ("training", "validation")])
        self.points()
        row = self.read(".numbers tbody tr").split(" ")
        ours, theirs = (self.daemon.get(f"/v1/jobs/{job}/loss?to=0").json
                        for job in (self.first, self.second))
        self.assertEqual([float(value) for value in row],
                         [0, *ours["train"], *ours["validation"], *theirs["train"],
                          *theirs["validation"]])
        address = self.browser.current_url
        self.assertIn(f"with={self.second}", address)
        self.browser.get("about:blank")
        self.browser.get(address)
        self.find(".chips", "curve-2/1")
        self.click(".chips button")
        self.gone(".chips li")

    def test_the_chart_is_read_and_zoomed_by_keys(self):
        self.open(f"#/jobs/{self.first}")
        box = self.find(".plotbox")
        self.find(".plot canvas")
        box.send_keys("\ue010")  # End
        last = self.daemon.get(f"/v1/jobs/{self.first}/loss?from=120").json
        self.assertEqual(self.read(".readout"), f"epoch 120: training {last['train'][0]} · "
                                                     f"validation {last['validation'][0]}")
        box.send_keys("++")
        self.wait(lambda: int(self.read(".dygraph-axis-label-x")) > 60, "the last half alone")
        box.send_keys("0")
        self.wait(lambda: "0" in [e.text for e in self.all(".dygraph-axis-label-x")], "all epochs")
        self.click(".chart .filters label", "linear")
        self.wait(lambda: self.script("return document.querySelector('.filters input:checked')"
                                      ".parentElement.textContent") == "linear", "linear")

    def test_a_job_that_failed_says_why_in_words(self):
        x, y = rows(50)
        job = self.daemon.train({"x": x, "y": y}, {"learning_rate": 1e6, "epochs": 50},
                                model="wild")
        self.assertEqual(job["state"], "failed")
        self.open(f"#/jobs/{job['id']}")
        said = self.read(".failure", "smaller learning_rate")
        self.assertIn("diverged", self.read(".head").lower() + said.lower())


if __name__ == "__main__":
    unittest.main()

"""The files of deploy/ fit the image, the daemon, and each other, and give away no privilege."""

import json
import pathlib
import re
import unittest

import yaml

from project import BUILD, text


def read(name):
    return text(pathlib.PurePosixPath(name))


def instruction(word):
    """The arguments of the Dockerfile's last instruction of this kind."""
    return re.findall(rf"(?m)^{word} (.*)$", read("Dockerfile"))[-1]


IMAGE_ENV = dict(pair.split("=", 1) for pair in instruction("ENV").split())
PORT = int(instruction("EXPOSE"))

# The fields of the Kubernetes objects that the example uses: a misspelt one is refused or, worse,
# left out in silence.
KUBERNETES = {
    "Service": {"apiVersion", "kind", "metadata", "spec"},
    "Service.metadata": {"name", "labels"},
    "Service.spec": {"selector", "ports", "type", "clusterIP"},
    "Service.spec.ports": {"name", "port", "targetPort", "protocol"},
    "StatefulSet": {"apiVersion", "kind", "metadata", "spec"},
    "StatefulSet.metadata": {"name", "labels"},
    "StatefulSet.spec": {"serviceName", "replicas", "selector", "template",
                         "volumeClaimTemplates"},
    "StatefulSet.spec.selector": {"matchLabels"},
    "StatefulSet.spec.template": {"metadata", "spec"},
    "StatefulSet.spec.template.metadata": {"labels", "annotations"},
    "Pod": {"automountServiceAccountToken", "enableServiceLinks", "securityContext", "containers",
            "terminationGracePeriodSeconds", "volumes"},
    "Pod.securityContext": {"runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup",
                            "seccompProfile"},
    "Pod.securityContext.seccompProfile": {"type"},
    "Container": {"name", "image", "ports", "env", "resources", "securityContext", "startupProbe",
                  "livenessProbe", "readinessProbe", "volumeMounts"},
    "Container.ports": {"name", "containerPort", "protocol"},
    "Container.env": {"name", "value", "valueFrom"},
    "Container.env.valueFrom": {"secretKeyRef"},
    "Container.env.valueFrom.secretKeyRef": {"name", "key", "optional"},
    "Container.resources": {"requests", "limits"},
    "Container.securityContext": {"allowPrivilegeEscalation", "readOnlyRootFilesystem",
                                  "capabilities"},
    "Container.securityContext.capabilities": {"drop"},
    "Container.volumeMounts": {"name", "mountPath", "readOnly"},
    "Probe": {"httpGet", "periodSeconds", "timeoutSeconds", "failureThreshold"},
    "Probe.httpGet": {"path", "port", "scheme"},
    "Claim": {"metadata", "spec"},
    "Claim.spec": {"accessModes", "resources", "storageClassName"},
}
# Where a field begins an object of another name.
NAMES = {"StatefulSet.spec.template.spec": "Pod", "Pod.containers": "Container",
         "Container.startupProbe": "Probe", "Container.livenessProbe": "Probe",
         "Container.readinessProbe": "Probe", "StatefulSet.spec.volumeClaimTemplates": "Claim"}


def strange_fields(value, kind):
    if isinstance(value, list):
        for part in value:
            yield from strange_fields(part, kind)
    elif isinstance(value, dict) and kind in KUBERNETES:
        for name, part in value.items():
            if name not in KUBERNETES[kind]:
                yield f"{kind} has no {name}"
            inner = f"{kind}.{name}"
            yield from strange_fields(part, NAMES.get(inner, inner))


class Image(unittest.TestCase):
    def test_it_runs_as_a_number_that_is_not_root(self):
        self.assertRegex(instruction("USER"), r"^[1-9]\d+:[1-9]\d+$")

    def test_its_store_is_in_its_volume_and_its_port_is_the_one_that_is_listened_on(self):
        self.assertEqual(IMAGE_ENV["BACKPROPD_DATA_DIR"], instruction("VOLUME"))
        self.assertEqual(IMAGE_ENV["BACKPROPD_LISTEN"], f"0.0.0.0:{PORT}")
        self.assertIn('CMD ["backpropd", "healthcheck"]', instruction("HEALTHCHECK"))


class Compose(unittest.TestCase):
    def test_it_gives_the_container_its_volume_and_nothing_else(self):
        document = yaml.safe_load(read("deploy/compose.yaml"))
        [service] = document["services"].values()
        self.assertEqual(service["cap_drop"], ["ALL"])
        self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
        self.assertTrue(service["read_only"])
        self.assertNotIn("privileged", service)
        [volume] = service["volumes"]
        name, path = volume.split(":")
        self.assertIn(name, document["volumes"])
        self.assertEqual(path, instruction("VOLUME"))
        for port in service["ports"]:
            self.assertRegex(port, rf"^127\.0\.0\.1:\d+:{PORT}$")


class Kubernetes(unittest.TestCase):
    def setUp(self):
        self.service, self.set = yaml.safe_load_all(read("deploy/kubernetes.yaml"))
        self.pod = self.set["spec"]["template"]["spec"]
        [self.container] = self.pod["containers"]

    def test_its_fields_are_those_of_kubernetes(self):
        for document, kind, version in ((self.service, "Service", "v1"),
                                        (self.set, "StatefulSet", "apps/v1")):
            self.assertEqual((document["kind"], document["apiVersion"]), (kind, version))
            self.assertEqual(list(strange_fields(document, kind)), [])
        self.assertEqual(list(strange_fields({"capabilitys": 1}, "Container.securityContext")),
                         ["Container.securityContext has no capabilitys"])

    def test_the_service_finds_the_pods_and_their_port(self):
        labels = self.set["spec"]["template"]["metadata"]["labels"]
        self.assertEqual(self.service["spec"]["selector"], labels)
        self.assertEqual(self.set["spec"]["selector"]["matchLabels"], labels)
        self.assertEqual(self.set["spec"]["serviceName"], self.service["metadata"]["name"])
        [port] = self.container["ports"]
        self.assertEqual(port["containerPort"], PORT)
        self.assertEqual([p["targetPort"] for p in self.service["spec"]["ports"]], [port["name"]])

    def test_one_daemon_has_the_store(self):
        self.assertEqual(self.set["spec"]["replicas"], 1)
        [claim] = self.set["spec"]["volumeClaimTemplates"]
        [mount] = self.container["volumeMounts"]
        self.assertEqual((mount["name"], mount["mountPath"]),
                         (claim["metadata"]["name"], instruction("VOLUME")))
        self.assertEqual(claim["spec"]["accessModes"], ["ReadWriteOnce"])

    def test_its_probes_ask_what_the_daemon_answers_without_a_token(self):
        document = json.loads((BUILD / "gen" / "openapi.json").read_text())
        for name, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"),
                           ("readinessProbe", "/readyz")):
            get = self.container[name]["httpGet"]
            self.assertEqual(get, {"path": path, "port": self.container["ports"][0]["name"]})
            operation = document["paths"][path]["get"]
            self.assertEqual(operation.get("security", document["security"]), [])

    def test_it_runs_without_privileges(self):
        user, group = map(int, instruction("USER").split(":"))
        context = self.pod["securityContext"]
        self.assertTrue(context["runAsNonRoot"])
        self.assertEqual((context["runAsUser"], context["runAsGroup"], context["fsGroup"]),
                         (user, group, group))
        self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertEqual(self.container["securityContext"],
                         {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                          "capabilities": {"drop": ["ALL"]}})
        self.assertFalse(self.pod["automountServiceAccountToken"])

    def test_its_image_is_of_this_version(self):
        version = re.search(r"(?m)^VERSION = (\S+)$", read("Makefile")).group(1)
        self.assertEqual(self.container["image"], f"backpropd:{version}")

    def test_its_variables_are_options(self):
        self.assertFalse(self.pod["enableServiceLinks"])
        options = set(re.findall(r"(?m)^#?([a-z-]+) =", read("deploy/backpropd.conf")))
        known = {"BACKPROPD_TOKEN"} | {f"BACKPROPD_{name.upper().replace('-', '_')}"
                                       for name in options}
        for variable in self.container["env"]:
            self.assertIn(variable["name"], known)


if __name__ == "__main__":
    unittest.main()

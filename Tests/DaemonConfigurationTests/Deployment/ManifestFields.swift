/// The fields of the Kubernetes API, version 1.31, that the manifests use, by the path of their object
/// (https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.31/). A field that is not here fails the
/// tests, so that a wrong name does not pass for one that Kubernetes ignores.
enum ManifestFields {
  static let known: [String: Set<String>] = [
    "Deployment": ["apiVersion", "kind", "metadata", "spec"],
    "Deployment.metadata": metadata,
    "Deployment.spec": ["replicas", "selector", "strategy", "template"],
    "Deployment.spec.selector": ["matchLabels"],
    "Deployment.spec.selector.matchLabels": labels,
    "Deployment.spec.strategy": ["type", "rollingUpdate"],
    "Deployment.spec.strategy.rollingUpdate": ["maxSurge", "maxUnavailable"],
    "Deployment.spec.template": ["metadata", "spec"],
    "Deployment.spec.template.metadata": ["labels"],
    "\(pod)": [
      "automountServiceAccountToken", "enableServiceLinks", "terminationGracePeriodSeconds",
      "securityContext", "topologySpreadConstraints", "containers", "volumes",
    ],
    "\(pod).securityContext": ["runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "seccompProfile"],
    "\(pod).securityContext.seccompProfile": ["type"],
    "\(pod).topologySpreadConstraints": ["maxSkew", "topologyKey", "whenUnsatisfiable", "labelSelector"],
    "\(pod).topologySpreadConstraints.labelSelector": ["matchLabels"],
    "\(pod).containers": [
      "name", "image", "imagePullPolicy", "env", "ports", "startupProbe", "livenessProbe", "readinessProbe",
      "resources", "securityContext", "volumeMounts",
    ],
    "\(pod).containers.env": ["name", "value"],
    "\(pod).containers.ports": ["name", "containerPort", "protocol"],
    "\(pod).containers.startupProbe": probe,
    "\(pod).containers.livenessProbe": probe,
    "\(pod).containers.readinessProbe": probe,
    "\(pod).containers.startupProbe.httpGet": request,
    "\(pod).containers.livenessProbe.httpGet": request,
    "\(pod).containers.readinessProbe.httpGet": request,
    "\(pod).containers.resources": ["requests", "limits"],
    "\(pod).containers.resources.requests": ["cpu", "memory"],
    "\(pod).containers.resources.limits": ["memory"],
    "\(pod).containers.securityContext": [
      "allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities",
    ],
    "\(pod).containers.securityContext.capabilities": ["drop"],
    "\(pod).containers.volumeMounts": ["name", "mountPath", "readOnly"],
    "\(pod).volumes": ["name", "secret"],
    "\(pod).volumes.secret": ["secretName", "defaultMode"],
    "Service": ["apiVersion", "kind", "metadata", "spec"],
    "Service.metadata": metadata,
    "Service.spec": ["type", "selector", "ports"],
    "Service.spec.ports": ["name", "port", "targetPort", "protocol"],
    "PodDisruptionBudget": ["apiVersion", "kind", "metadata", "spec"],
    "PodDisruptionBudget.metadata": metadata,
    "PodDisruptionBudget.spec": ["minAvailable", "selector"],
    "PodDisruptionBudget.spec.selector": ["matchLabels"],
  ]

  private static let pod = "Deployment.spec.template.spec"
  private static let metadata: Set = ["name", "labels"]
  private static let labels: Set = ["app.kubernetes.io/name"]
  private static let probe: Set = ["httpGet", "periodSeconds", "timeoutSeconds", "failureThreshold"]
  private static let request: Set = ["path", "port", "scheme"]
}

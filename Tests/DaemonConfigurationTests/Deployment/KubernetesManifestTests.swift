import Foundation
import Testing
import Yams

@testable import DaemonConfiguration

/// Checks the manifests in `deploy/kubernetes` without a cluster: the fields by a table, and the values where
/// one must fit another or the program.
struct KubernetesManifestTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private let manifests: [String: Node]

  init() throws {
    let directory = Self.repository.appending(path: "deploy/kubernetes")
    var manifests: [String: Node] = [:]
    for file in try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    where file.pathExtension == "yml" {
      let node = try #require(try Yams.compose(yaml: String(contentsOf: file, encoding: .utf8)))
      manifests[try #require(node["kind"]?.string)] = node
    }
    self.manifests = manifests
  }

  /// Returns the node at a path of field names and indexes.
  private func node(_ path: String) throws -> Node {
    let parts = path.split(separator: ".")
    var node = try #require(manifests[String(parts[0])], "no manifest of the kind \(parts[0])")
    for part in parts.dropFirst() {
      node = try #require(Int(part).map { node[$0] } ?? node[String(part)], "\(path): no \(part)")
    }
    return node
  }

  private func text(_ path: String) throws -> String { try #require(try node(path).string, "\(path)") }
  private func number(_ path: String) throws -> Int { try #require(try node(path).int, "\(path)") }

  private static let pod = "Deployment.spec.template.spec"
  private static let container = "\(pod).containers.0"

  @Test(arguments: [
    ("Deployment", "apps/v1"), ("Service", "v1"), ("PodDisruptionBudget", "policy/v1"),
  ])
  func everyFieldIsAFieldOfItsObject(_ kind: String, _ version: String) throws {
    #expect(try text("\(kind).apiVersion") == version)
    var unknown: [String] = []
    func visit(_ node: Node, _ path: String) {
      if let elements = node.sequence {
        for element in elements { visit(element, path) }
      } else if let fields = node.mapping {
        for (name, value) in fields {
          // Labels have names of our own.
          guard !path.hasSuffix("abels"), !path.hasSuffix("Service.spec.selector") else { continue }
          let isKnown = name.string.map { ManifestFields.known[path]?.contains($0) ?? false } ?? false
          if !isKnown { unknown.append("\(path).\(name.string ?? "?")") }
          visit(value, "\(path).\(name.string ?? "?")")
        }
      }
    }
    visit(try node(kind), kind)
    #expect(unknown.isEmpty)
  }

  @Test func selectorsMatchTheLabelsOfThePods() throws {
    let labels = try node("Deployment.spec.template.metadata.labels")
    #expect(labels.mapping?.isEmpty == false)
    for selector in [
      "Deployment.spec.selector.matchLabels", "Service.spec.selector",
      "PodDisruptionBudget.spec.selector.matchLabels",
      "\(Self.pod).topologySpreadConstraints.0.labelSelector.matchLabels",
    ] {
      #expect(try node(selector) == labels, "\(selector)")
    }
  }

  /// The variables as the program reads them.
  private func variables() throws -> [String: String] {
    let entries = try #require(try node("\(Self.container).env").sequence)
    var variables: [String: String] = [:]
    for entry in entries {
      let name = try #require(entry["name"]?.string)
      let former = variables.updateValue(try #require(entry["value"]?.string), forKey: name)
      #expect(former == nil, "\(name) is there twice")
    }
    return variables
  }

  @Test func everyVariableIsAKeyOfTheProgram() async throws {
    var variables = try variables()
    // The file of the address is not here.
    #expect(variables.removeValue(forKey: "SLUICE_DATABASE_URL_FILE") != nil)
    variables["SLUICE_TCP_HOST"] = "0.0.0.0"
    variables["SLUICE_HTTP_HOST"] = "0.0.0.0"
    let settings = try await EffectiveConfiguration(Invocation([]), environment: variables).settings
    #expect(settings.drain == .seconds(20))
    let grace = try number("\(Self.pod).terminationGracePeriodSeconds")
    #expect(grace >= 2 * Int(settings.drain.components.seconds), "a killed server abandons batches")
  }

  @Test func filesOfTheVariablesAreInMountedSecrets() throws {
    let mounts = try #require(try node("\(Self.container).volumeMounts").sequence)
    let paths = mounts.compactMap { $0["mountPath"]?.string }
    let files = try variables().values.filter { $0.hasPrefix("/") }
    #expect(files.count == 4)
    for file in files { #expect(paths.contains { file.hasPrefix("\($0)/") }, "\(file)") }
    let volumes = try #require(try node("\(Self.pod).volumes").sequence)
    #expect(mounts.map { $0["name"]?.string } == volumes.map { $0["name"]?.string })
    for volume in volumes {
      #expect(volume["secret"]?["secretName"]?.string?.hasPrefix("sluice-") == true)
      #expect(volume["secret"]?["defaultMode"]?.int == 0o440)
    }
    #expect(mounts.allSatisfy { $0["readOnly"]?.bool == true })
  }

  @Test func probesAskAPortOfTheContainer() throws {
    for (probe, path) in [("startup", "/livez"), ("liveness", "/livez"), ("readiness", "/readyz")] {
      let request = "\(Self.container).\(probe)Probe.httpGet"
      #expect(try text("\(request).path") == path)
      #expect(try text("\(request).port") == text("\(Self.container).ports.1.name"))
      #expect(try text("\(request).scheme") == "HTTPS")
    }
    for index in 0...1 {
      let (service, port) = ("Service.spec.ports.\(index)", "\(Self.container).ports.\(index)")
      #expect(try text("\(service).targetPort") == text("\(port).name"))
      #expect(try number("\(service).port") == number("\(port).containerPort"))
    }
  }

  @Test func theContainerHasNoRights() throws {
    let pod = "\(Self.pod).securityContext"
    let container = "\(Self.container).securityContext"
    #expect(try node("\(pod).runAsNonRoot").bool == true)
    #expect(try number("\(pod).runAsUser") == 10_001)
    #expect(try text("\(pod).seccompProfile.type") == "RuntimeDefault")
    #expect(try node("\(container).allowPrivilegeEscalation").bool == false)
    #expect(try node("\(container).readOnlyRootFilesystem").bool == true)
    #expect(try text("\(container).capabilities.drop.0") == "ALL")
    #expect(try node("\(Self.pod).automountServiceAccountToken").bool == false)
    #expect(try text("\(Self.container).resources.limits.memory") == "640Mi")
  }

  @Test func aDisruptionLeavesServersAndCanHappen() throws {
    let least = try number("PodDisruptionBudget.spec.minAvailable")
    #expect(least >= 1)
    #expect(try number("Deployment.spec.replicas") > least)
    #expect(try number("Deployment.spec.strategy.rollingUpdate.maxUnavailable") == 0)
  }
}

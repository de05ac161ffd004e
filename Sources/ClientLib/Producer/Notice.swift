extension Producer {
  /// Something that happened to a producer without being asked for; it goes on.
  public struct Notice: Hashable, Sendable, CustomStringConvertible {
    /// What kind; more kinds may be added.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
      /// The name in logs.
      public let description: String

      private init(_ name: String) {
        description = name
      }

      /// A connection is open.
      public static let connected = Kind("CONNECTED")
      /// The connection is gone; another one is being made.
      public static let disconnected = Kind("DISCONNECTED")
      /// The server is about to stop; the producer moves to another connection.
      public static let moving = Kind("MOVING")
      /// The server's database can not be reached; batches wait.
      public static let storeAway = Kind("STORE_AWAY")
      /// The server's database can be reached again.
      public static let storeBack = Kind("STORE_BACK")
      /// The identity was used elsewhere, so a new one was drawn; unsettled batches go out under it.
      public static let identityRenewed = Kind("IDENTITY_RENEWED")
      /// What an earlier producer left in the spool is sent again.
      public static let spoolRecovered = Kind("SPOOL_RECOVERED")
      /// A part of the spool's files is damaged; batches in it are lost.
      public static let spoolDamaged = Kind("SPOOL_DAMAGED")
      /// The database is another one, or was taken back to an earlier state: batches that were told as
      /// committed may be gone. What is unsettled is sent again; older events are for the user to publish
      /// again.
      public static let lineageLoss = Kind("LINEAGE_LOSS")
    }

    /// What kind.
    public let kind: Kind
    /// What happened, in a sentence for people.
    public let message: String

    /// The kind and the sentence.
    public var description: String { "\(kind): \(message)" }
  }
}

import Contracts
import MessageLog
import NbaScorerCore

// An application as whoever applies it puts it on the topic himself.

extension CatalogApplication {
  /// nil: there is nothing to tell.
  package var record: OutgoingRecord? {
    message.map { message in
      var headers = message.envelope.headers
      if let text = message.text { headers.append(CatalogHeader.text, text) }
      return OutgoingRecord(
        topic: Topics.marketingCatalog.name, partition: 0, key: Array(catalog.version.utf8), value: message.value,
        headers: headers)
    }
  }
}

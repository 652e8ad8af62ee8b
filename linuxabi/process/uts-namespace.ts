/** A UTS namespace: the names of the system as the processes in it see them. Source: uts_namespaces(7). */
import type { ByteString } from '../../kernel/byte-string.ts';

export class UtsNamespace {
  hostname: ByteString;
  domainname: ByteString;

  constructor(hostname: ByteString, domainname: ByteString = '(none)') {
    this.hostname = hostname;
    this.domainname = domainname;
  }

  copy(): UtsNamespace {
    return new UtsNamespace(this.hostname, this.domainname);
  }
}

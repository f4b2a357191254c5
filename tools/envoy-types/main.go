// Command envoy-types writes which fields the messages of Envoy's configuration have: names, numbers and types, no prose, a
// line for each message. One file is for the encoder, the other one holds TypeScript's types of the JSON form. Deprecated
// fields are left out. `make envoy-types` runs it.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	_ "github.com/cncf/xds/go/xds/type/matcher/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/admin/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/trace/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/filters/cel/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/stats/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/stream/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/bootstrap/internal_listener/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/dynamic_forward_proxy/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/cors/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/dynamic_forward_proxy/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/fault/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/filter_chain/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_to_metadata/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/jwt_authn/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/http_inspector/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/tls_inspector/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/ext_authz/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/set_filter_state/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/path/match/uri_template/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/request_id/uuid/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/resource_monitors/downstream_connections/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/retry/host/previous_hosts/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/retry/priority/previous_priorities/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/proxy_protocol/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/raw_buffer/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
)

// What is encoded; what these refer to follows.
var roots = []string{
	"envoy.admin.v3.ClustersConfigDump",
	"envoy.admin.v3.EcdsConfigDump",
	"envoy.admin.v3.EndpointsConfigDump",
	"envoy.admin.v3.ListenersConfigDump",
	"envoy.admin.v3.RoutesConfigDump",
	"envoy.config.cluster.v3.Cluster",
	"envoy.config.listener.v3.Listener",
	"envoy.config.route.v3.FilterConfig",
	"envoy.config.route.v3.RouteConfiguration",
	"envoy.config.core.v3.TypedExtensionConfig",
	"envoy.config.trace.v3.ZipkinConfig",
	"envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
	"envoy.extensions.access_loggers.stats.v3.Config",
	"envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
	"envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig",
	"envoy.extensions.filters.http.cors.v3.Cors",
	"envoy.extensions.filters.http.cors.v3.CorsPolicy",
	"envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig",
	"envoy.extensions.filters.http.fault.v3.HTTPFault",
	"envoy.extensions.filters.http.filter_chain.v3.FilterChainConfig",
	"envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
	"envoy.extensions.filters.http.header_to_metadata.v3.Config",
	"envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
	"envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
	"envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig",
	"envoy.extensions.filters.http.rbac.v3.RBAC",
	"envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
	"envoy.extensions.filters.http.router.v3.Router",
	"envoy.extensions.filters.listener.http_inspector.v3.HttpInspector",
	"envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
	"envoy.extensions.filters.network.set_filter_state.v3.Config",
	"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
	"envoy.extensions.filters.network.ext_authz.v3.ExtAuthz",
	"envoy.extensions.filters.network.rbac.v3.RBAC",
	"envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
	"envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig",
	"envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
	"envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
	"envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
	"envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
	"envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer",
	"envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
	"envoy.extensions.transport_sockets.tls.v3.Secret",
	"envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
	"envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
}

// What stands in a bootstrap, which Envoy reads as JSON.
var bootstrapRoots = []string{
	"envoy.config.bootstrap.v3.Bootstrap",
	"envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
	"envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
}

type node map[string]any

// By full name.
var types = node{}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: envoy-types ENCODER.json TYPES.ts WHOLE.json")
	}
	walk(roots)
	writeEncoder(os.Args[1], types)
	walk(bootstrapRoots)
	writeTypeScript(os.Args[2])
	writeEncoder(os.Args[3], whole())
}

// Every message of the extensions with all of its fields, deprecated ones too, and which of them exclude each other: for what
// users write.
func whole() node {
	result := node{}
	protoregistry.GlobalTypes.RangeMessages(func(found protoreflect.MessageType) bool {
		descriptor := found.Descriptor()
		name := string(descriptor.FullName())
		known := strings.HasPrefix(name, "envoy.") || strings.HasPrefix(name, "xds.")
		if known && !strings.Contains(name, ".admin.") && !strings.Contains(name, ".data.") && !descriptor.IsMapEntry() {
			result[name] = node{"fields": wholeFields(descriptor)}
		}
		return true
	})
	for name, one := range types {
		if one.(node)["values"] != nil || !strings.HasPrefix(name, "envoy.") {
			result[name] = one
		}
	}
	return result
}

func wholeFields(descriptor protoreflect.MessageDescriptor) node {
	fields := node{}
	all := descriptor.Fields()
	for i := 0; i < all.Len(); i++ {
		one := field(all.Get(i))
		if oneof := all.Get(i).ContainingOneof(); oneof != nil && !oneof.IsSynthetic() {
			one["oneof"] = string(oneof.Name())
		}
		fields[string(all.Get(i).Name())] = one
	}
	return fields
}

func walk(names []string) {
	for _, name := range names {
		found, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		message(found.Descriptor())
	}
}

func writeEncoder(path string, types node) {
	lines := []string{}
	for name, content := range types {
		text, err := json.Marshal(content)
		if err != nil {
			log.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%q:%s", name, text))
	}
	sort.Strings(lines)
	write(path, fmt.Sprintf("{\n%s\n}\n", strings.Join(lines, ",\n")))
}

func write(path string, text string) {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}

func message(descriptor protoreflect.MessageDescriptor) {
	name := string(descriptor.FullName())
	if types[name] != nil || descriptor.IsMapEntry() {
		return
	}
	fields := node{}
	types[name] = node{"fields": fields}
	messages[name] = descriptor
	for _, one := range current(descriptor) {
		fields[string(one.Name())] = field(one)
	}
}

// The fields that are not deprecated.
func current(descriptor protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	result := []protoreflect.FieldDescriptor{}
	all := descriptor.Fields()
	for i := 0; i < all.Len(); i++ {
		options, ok := all.Get(i).Options().(*descriptorpb.FieldOptions)
		if !ok || !options.GetDeprecated() {
			result = append(result, all.Get(i))
		}
	}
	return result
}

func field(descriptor protoreflect.FieldDescriptor) node {
	result := node{"id": int(descriptor.Number())}
	if descriptor.IsMap() {
		result["keyType"] = descriptor.MapKey().Kind().String()
		result["type"] = typeOf(descriptor.MapValue())
		return result
	}
	result["type"] = typeOf(descriptor)
	if descriptor.IsList() {
		result["rule"] = "repeated"
	}
	return result
}

func typeOf(descriptor protoreflect.FieldDescriptor) string {
	switch descriptor.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		message(descriptor.Message())
		return "." + string(descriptor.Message().FullName())
	case protoreflect.EnumKind:
		enum(descriptor.Enum())
		return "." + string(descriptor.Enum().FullName())
	}
	return descriptor.Kind().String()
}

func enum(descriptor protoreflect.EnumDescriptor) {
	values := node{}
	all := descriptor.Values()
	for i := 0; i < all.Len(); i++ {
		values[string(all.Get(i).Name())] = int(all.Get(i).Number())
	}
	types[string(descriptor.FullName())] = node{"values": values}
	enums[string(descriptor.FullName())] = descriptor
}

from quanshi.payments.gateways import SandboxGateway

GATEWAY = SandboxGateway

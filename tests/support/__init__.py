"""What every room's tests share: settings, factories, a real second connection, the live stack."""

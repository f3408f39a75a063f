output "host" {
  description = "Point the host name of the certificate here."
  value       = aws_lb.booking.dns_name
}

output "admin_password" {
  description = "Of the first admin: terraform output -raw admin_password"
  value       = random_password.admin.result
  sensitive   = true
}

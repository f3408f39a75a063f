variable "region" {
  description = "Where all of it runs."
  type        = string
  default     = "eu-central-1"
}

variable "image" {
  description = "The production image, by digest or tag."
  type        = string
}

variable "vpc_id" {
  description = "The network that it runs in."
  type        = string
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer, in two zones at least."
  type        = list(string)
}

variable "private_subnet_ids" {
  description = "Subnets of everything else, with a way out through a NAT gateway."
  type        = list(string)
}

variable "certificate_arn" {
  description = "A certificate of the load balancer's host name."
  type        = string
}

variable "admin_email" {
  description = "The first admin of a new installation."
  type        = string
}

variable "public_url" {
  description = "Where people reach the service, like https://booking.example.com: links in mails begin with it."
  type        = string
}

variable "cors_origins" {
  description = "Web pages on other hosts that may call the API, like https://app.example.com."
  type        = list(string)
  default     = []
}

variable "smtp_url" {
  description = "The mail server, like smtps://user:password@mail.example.com. Without it no mail is sent."
  type        = string
  default     = null
  sensitive   = true
}

variable "mail_from" {
  description = "The sender of mails, like Booking <booking@example.com>. Mail needs it."
  type        = string
  default     = ""
}

variable "api_count" {
  description = "Processes of the API."
  type        = number
  default     = 2
}

variable "worker_count" {
  description = "Processes of the worker."
  type        = number
  default     = 2
}
